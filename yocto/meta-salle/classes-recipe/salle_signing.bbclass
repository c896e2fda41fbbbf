# Which keys may sign and be trusted. Development keys are made by `cargo xtask image` on the
# developer's machine and say so in their names; an image for units in the field trusts none of
# them, and no bundle for it is signed by one.
#
#   SALLE_KEYRING     certificates an image trusts, PEM; the first and the next release key
#   RAUC_CERT_FILE    certificate that signs a bundle
#   RAUC_KEY_FILE     its key: a file, or a PKCS#11 address of the signing token
#
# With `development` in DISTRO_FEATURES it is the other way round: only development keys.

SALLE_KEYRING ??= ""
SALLE_DEVELOPMENT_MARK = "not for units in the field"

DEPENDS:append = " openssl-native"

# salle_check_certificates FILE WHAT
salle_check_certificates() {
    if [ -z "$1" ]; then
        bbfatal "$2 is not set. See yocto/README.md, Keys."
    fi
    if [ ! -s "$1" ]; then
        bbfatal "$2 names $1, which is not there or empty."
    fi
    # Every certificate of the file, not only the first.
    subjects=$(openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout | sed -n 's/^subject=//p')
    if [ -z "$subjects" ]; then
        bbfatal "$2 names $1, which has no certificate in it."
    fi
    marked=$(echo "$subjects" | grep -c "${SALLE_DEVELOPMENT_MARK}" || true)
    all=$(echo "$subjects" | wc -l)
    if ${@bb.utils.contains('DISTRO_FEATURES', 'development', 'true', 'false', d)}; then
        if [ "$marked" -ne "$all" ]; then
            bbfatal "$2 has a release certificate, and this is a development build: it would make units in the field trust what is not released."
        fi
    elif [ "$marked" -ne 0 ]; then
        bbfatal "$2 has a development certificate. It can never sign or be trusted by a release; for your own desk add 'development' to DISTRO_FEATURES."
    fi
}
