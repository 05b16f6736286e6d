/* Sealed values as a damaged database or cache gives them: whatever the bytes, only what was sealed opens. */
#include "fuzz.h"

#include "base/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_keyring ring = {.n = 2};
    struct df_secret out;
    struct df_error err;
    struct df_str input = df_str_n((const char *)data, n), aad = DF_S("place");
    for (size_t i = 0; i < DF_KEY_BYTES; i++)
        ring.keys[0].bytes[i] = (unsigned char)i;
    memcpy(ring.keys[0].id, "id-1", DF_KEY_ID_BYTES);
    memcpy(ring.keys[1].id, "id-2", DF_KEY_ID_BYTES);
    const unsigned char *id = df_sealed_key_id(input);
    fuzz_check(df_unseal(&ring, aad, input, arena, &out, &err) == DF_ERR_DECRYPT && err.message[0]);
    fuzz_check(!id || n >= 33);
    /* What is sealed opens, and no longer once a byte of it is another. */
    struct df_str sealed = df_seal(&ring, aad, input, arena);
    fuzz_check(df_unseal(&ring, aad, sealed, arena, &out, &err) == DF_OK && df_str_eq(df_secret_reveal(out), input));
    if (n == 0)
        return 0;
    char *changed = (char *)(uintptr_t)sealed.p;
    changed[data[0] % sealed.n] ^= (char)(1 + data[n - 1] % 255);
    fuzz_check(df_unseal(&ring, aad, sealed, arena, &out, &err) == DF_ERR_DECRYPT);
    return 0;
}
