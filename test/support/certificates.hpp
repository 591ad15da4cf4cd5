// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// An authority that issues certificates, for tests, made anew for each: its files are gone at its end.

#include <plait/runtime/detail/syscall.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

namespace plait::test {

class authority {
public:
    struct files {
        std::string certificate, key;
    };

    authority() : key_(EVP_EC_gen("P-256")), certificate_(make("the authority", key_.get(), "CA:TRUE", {})) {
        char pattern[] = "/tmp/plait-certificates-XXXXXX";
        if (!::mkdtemp(pattern)) throw std::runtime_error("mkdtemp");
        folder_ = pattern;
        write(file(), [&](FILE* f) { return PEM_write_X509(f, certificate_.get()); });
    }
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;
    ~authority() { std::filesystem::remove_all(folder_); }

    /// Its own certificate.
    [[nodiscard]] std::string file() const { return folder_ + "/ca.pem"; }

    /// Of one whose names are `alternative`: "DNS:localhost,IP:127.0.0.1".
    [[nodiscard]] files issue(const std::string& name, const std::string& alternative) const {
        key_ptr key(EVP_EC_gen("P-256"));
        certificate_ptr certificate = make(name, key.get(), "CA:FALSE", alternative);
        files written{folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key"};
        write(written.certificate, [&](FILE* f) { return PEM_write_X509(f, certificate.get()); });
        write(written.key, [&](FILE* f) {
            return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
        return written;
    }

private:
    struct deleter {
        void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
        void operator()(X509* p) const { X509_free(p); }
        void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
        void operator()(FILE* p) const { std::fclose(p); }
    };
    using key_ptr = std::unique_ptr<EVP_PKEY, deleter>;
    using certificate_ptr = std::unique_ptr<X509, deleter>;

    certificate_ptr
    make(const std::string& name, EVP_PKEY* key, const char* constraints, const std::string& alternative) const {
        certificate_ptr made(X509_new());
        X509_set_version(made.get(), 2);
        static long serial = 0;
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), key);
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()),
            -1, -1, 0);
        X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_ ? certificate_.get() : made.get()));
        extend(made.get(), NID_basic_constraints, constraints);
        if (!alternative.empty()) extend(made.get(), NID_subject_alt_name, alternative.c_str());
        if (X509_sign(made.get(), key_.get(), EVP_sha256()) == 0) throw std::runtime_error("X509_sign");
        return made;
    }
    static void extend(X509* certificate, int what, const char* value) {
        const std::unique_ptr<X509_EXTENSION, deleter> extension(X509V3_EXT_conf_nid(nullptr, nullptr, what, value));
        if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) throw std::runtime_error(value);
    }
    template <class Write>
    static void write(const std::string& path, Write write_to) {
        const std::unique_ptr<FILE, deleter> f(std::fopen(path.c_str(), "w"));
        if (!f || write_to(f.get()) != 1) throw std::runtime_error(path);
    }

    key_ptr key_;
    certificate_ptr certificate_;
    std::string folder_;
};

} // namespace plait::test
