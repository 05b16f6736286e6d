// graphql_check.js SCHEMA < ["document", ...]: for each document the messages of what npm's graphql finds wrong with it, as JSON.
// With --subset SMALL: what the small schema says that the large one does not.
"use strict";
const fs = require("fs");
const { buildSchema, parse, validate, isObjectType, isInputObjectType, isEnumType } = require("graphql");

const schema = buildSchema(fs.readFileSync(process.argv[2], "utf8"), { assumeValidSDL: true });

function faults(text) {
  try {
    return validate(schema, parse(text)).map((error) => error.message);
  } catch (error) {
    return [error.message];
  }
}

function fieldFaults(name, field, other) {
  const place = `${name}.${field.name}`;
  if (!other) return [`${place} is not there`];
  const found = String(field.type) === String(other.type) ? [] : [`${place}: ${field.type}, not ${other.type}`];
  const args = field.args || [];
  const known = new Map((other.args || []).map((arg) => [arg.name, String(arg.type)]));
  for (const arg of args) if (known.get(arg.name) !== String(arg.type)) found.push(`${place}(${arg.name}) differs`);
  for (const arg of other.args || [])
    if (String(arg.type).endsWith("!") && !args.some((own) => own.name === arg.name)) found.push(`${place} lacks ${arg.name}`);
  return found;
}

function subset(file) {
  const small = buildSchema(fs.readFileSync(file, "utf8"), { assumeValidSDL: true });
  const found = [];
  for (const [name, type] of Object.entries(small.getTypeMap())) {
    const other = schema.getType(name);
    if (name.startsWith("__")) continue;
    if (!other) found.push(`${name} is not there`);
    else if (isObjectType(type) || isInputObjectType(type))
      for (const field of Object.values(type.getFields())) found.push(...fieldFaults(name, field, other.getFields()[field.name]));
    else if (isEnumType(type))
      for (const value of type.getValues()) if (!other.getValue(value.name)) found.push(`${name}.${value.name} is not there`);
    if (isInputObjectType(type))
      for (const field of Object.values(other.getFields()))
        if (String(field.type).endsWith("!") && !type.getFields()[field.name]) found.push(`${name} lacks ${field.name}`);
  }
  return found;
}

if (process.argv[3] === "--subset") process.stdout.write(JSON.stringify(subset(process.argv[4])));
else process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(faults)));
