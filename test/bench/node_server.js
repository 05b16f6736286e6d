// What a plain Node service does for the same request: one Redis GET, one AES-256-GCM decrypt, the same answer.
// usage: node node_server.js PORT REDIS_PORT KEYS ANSWER; fills Redis with KEYS entries first, then prints "ready".
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');
const { Redis } = require('ioredis');

const [port, redisPort, keys, answer] = process.argv.slice(2);
const redis = new Redis(Number(redisPort), '127.0.0.1');
const key = crypto.randomBytes(32);
const parsed = JSON.parse(answer);

function seal(text, aad) {
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed, aad) {
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(aad));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
}

function refuse(response, status) {
  response.writeHead(status, { 'Content-Length': 0 });
  response.end();
}

async function resolve(body, response) {
  const { projectId } = JSON.parse(body);
  const sealed = await redis.getBuffer(`token:SENTRY:${projectId}`);
  if (!sealed) return refuse(response, 404);
  const token = JSON.parse(unseal(sealed, projectId));
  const text = JSON.stringify({ accessToken: token.a, tokenType: token.t, expiresAt: token.e, scopes: token.s });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Content-Length': Buffer.byteLength(text) });
  return response.end(text);
}

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') return refuse(response, 404);
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => resolve(Buffer.concat(chunks), response).catch(() => refuse(response, 500)));
});

async function fill() {
  const text = JSON.stringify({ a: parsed.accessToken, t: parsed.tokenType, e: parsed.expiresAt, s: parsed.scopes });
  for (let i = 0; i < Number(keys); i++) await redis.set(`token:SENTRY:p${i}`, seal(text, `p${i}`));
}

fill().then(() => server.listen(Number(port), '127.0.0.1', () => console.log('ready')));
