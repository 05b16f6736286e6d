#include "unit.h"

#include "base/crypto.h"

static void seals_and_refuses_what_was_changed_or_moved(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_error err;
    struct df_keyring key = {.n = 1}, other = {.n = 1};
    struct df_secret out = DF_SECRET_NONE;
    assert_true(df_key_parse(DF_S("9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A="), &key.keys[0]));
    assert_true(df_key_parse(DF_S("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &other.keys[0]));
    struct df_str aad = DF_S("p\0SENTRY\0access"), plain = DF_S("tok");
    struct df_str sealed = df_seal(&key, aad, plain, arena);
    assert_int_equal(df_unseal(&key, aad, sealed, arena, &out, &err), DF_OK);
    assert_str(df_secret_reveal(out), "tok");
    assert_int_equal(df_str_find(sealed, plain), -1);
    assert_false(df_str_eq(sealed, df_seal(&key, aad, plain, arena)));
    assert_int_equal(df_unseal(&key, DF_S("q"), sealed, arena, &out, &err), DF_ERR_DECRYPT);
    assert_int_equal(df_unseal(&other, aad, sealed, arena, &out, &err), DF_ERR_DECRYPT);
    assert_non_null(strstr(err.message, "needs the key"));
    for (size_t i = 0; i < sealed.n; i++) {
        struct df_str bad = df_arena_dup(arena, sealed);
        ((char *)(uintptr_t)bad.p)[i] ^= 1;
        assert_int_equal(df_unseal(&key, aad, bad, arena, &out, &err), DF_ERR_DECRYPT);
        assert_int_equal(df_unseal(&key, aad, df_str_n(sealed.p, i), arena, &out, &err), DF_ERR_DECRYPT);
    }
    assert_int_equal(df_unseal(&key, aad, df_seal(&key, aad, DF_STR_NONE, arena), arena, &out, &err), DF_OK);
    assert_true(df_secret_is_empty(out));
}

static void opens_with_every_key_and_seals_with_the_first(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_error err;
    struct df_keyring old = {.n = 1}, both = {.n = 2};
    struct df_secret out = DF_SECRET_NONE;
    assert_true(df_key_parse(DF_S("9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A="), &old.keys[0]));
    assert_true(df_key_parse(DF_S("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &both.keys[0]));
    both.keys[1] = old.keys[0];
    struct df_str aad = DF_S("place"), was = df_seal(&old, aad, DF_S("tok"), arena);
    struct df_str is = df_seal(&both, aad, DF_S("tok"), arena);
    for (int i = 0; i < 3; i++) { /* the contexts of the thread change keys to and fro */
        assert_int_equal(df_unseal(&both, aad, was, arena, &out, &err), DF_OK);
        assert_str(df_secret_reveal(out), "tok");
        assert_int_equal(df_unseal(&both, aad, is, arena, &out, &err), DF_OK);
        assert_str(df_secret_reveal(out), "tok");
        assert_int_equal(df_unseal(&old, aad, is, arena, &out, &err), DF_ERR_DECRYPT);
        assert_int_equal(df_unseal(&both, DF_S("elsewhere"), was, arena, &out, &err), DF_ERR_DECRYPT);
    }
    assert_memory_equal(df_sealed_key_id(is), both.keys[0].id, DF_KEY_ID_BYTES);
    assert_memory_equal(df_sealed_key_id(was), old.keys[0].id, DF_KEY_ID_BYTES);
    assert_null(df_sealed_key_id(DF_S("x")));
    /* Another key of the same id: the id is a hint, the tag decides. */
    struct df_keyring twin = {.n = 2, .keys = {both.keys[0], old.keys[0]}};
    memcpy(twin.keys[0].id, old.keys[0].id, DF_KEY_ID_BYTES);
    assert_int_equal(df_unseal(&twin, aad, was, arena, &out, &err), DF_OK);
    df_keyring_wipe(&twin);
    assert_int_equal(twin.n, 0);
}

static void takes_only_keys_of_32_bytes(void **state)
{
    (void)state;
    struct df_key key;
    const char *bad[] = {"",
                         "abc",
                         "AAAA",
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ",
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_key_parse(df_str_c(bad[i]), &key));
}

static void encodes_as_the_rfcs_say(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    unsigned char digest[DF_SHA256_BYTES];
    struct df_str out;
    /* RFC 7636 appendix B */
    df_sha256(DF_S("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), digest);
    assert_str(df_base64url(df_str_n((char *)digest, sizeof digest), arena),
               "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /* RFC 4231 case 2 */
    df_hmac_sha256(DF_S("Jefe"), DF_S("what do ya want for nothing?"), digest);
    assert_str(df_hex(digest, sizeof digest, arena),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(df_base64_decode(DF_S("Zm9vYg=="), arena, &out));
    assert_str(out, "foob");
    assert_true(df_base64_decode(DF_STR_NONE, arena, &out));
    assert_int_equal(df_random_uuid(arena).n, 36);
    assert_int_equal(df_random_token(32, arena).n, 43);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_and_refuses_what_was_changed_or_moved),
        cmocka_unit_test(opens_with_every_key_and_seals_with_the_first),
        cmocka_unit_test(takes_only_keys_of_32_bytes),
        cmocka_unit_test(encodes_as_the_rfcs_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
