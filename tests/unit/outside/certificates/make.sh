#!/bin/sh
# Makes the certificates of these tests anew with openssl; the tests only read them, so they need no openssl.
# One authority (its key is thrown away) and three certificates of one key, which opens nothing but these tests.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $curve -days 36500 -subj '/CN=InsightBoard test authority' \
    -keyout "$work/authority.key" -out authority.pem
openssl req -new $curve -subj '/CN=InsightBoard test' -keyout key.pem -out "$work/request.pem"

sign() { # file, names, further options
    printf 'subjectAltName=%s\n' "$2" > "$work/names"
    openssl x509 -req -in "$work/request.pem" -CA authority.pem -CAkey "$work/authority.key" \
        -extfile "$work/names" -out "$1" $3
}
sign good.pem 'DNS:good.test,DNS:localhost,IP:127.0.0.1,IP:::1' '-days 36500'
sign other.pem 'DNS:other.test' '-days 36500'
mkdir "$work/ca" && : > "$work/ca/index" && echo 01 > "$work/ca/serial"
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > "$work/names"
cat > "$work/ca.cnf" <<END
[ca]
default_ca = one
[one]
database = $work/ca/index
serial = $work/ca/serial
new_certs_dir = $work/ca
default_md = sha256
policy = any
[any]
commonName = supplied
END
openssl ca -batch -config "$work/ca.cnf" -cert authority.pem -keyfile "$work/authority.key" -in "$work/request.pem" \
    -extfile "$work/names" -startdate 20200101000000Z -enddate 20210101000000Z -notext -out expired.pem
