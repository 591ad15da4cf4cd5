// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Responses as raw bytes, behind which the connection ends, the request they answer, where the rule stands, and what a
// strict client makes of them. Expected is `status [body]`, the body only if the framing announces one, and then
//   keep     the connection can be used again        extra    but there were bytes behind the answer, so it is not
//   close    it cannot
//   …        the name of the fault, after which nothing is read any more

#include <string_view>

namespace plait::test {

using namespace std::string_view_literals;

struct raw_response {
    std::string_view name;
    std::string_view rule; ///< 9110 and 9112 are RFCs
    std::string_view method;
    std::string_view bytes;
    std::string_view expected;
};

// clang-format off
inline constexpr raw_response raw_responses[] = {
    // What must work.
    {"a body with a length", "9112 6.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"sv, "200 [hello] keep"},
    {"a body of no bytes", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "200 keep"},
    {"a body until the end", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\n\r\nhello"sv, "200 [hello] close"},
    {"a body until the end, of no bytes", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\n\r\n"sv, "200 [] close"},
    {"an empty reason", "9112 4", "GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"sv, "200 keep"},
    {"a reason of several words and obs-text", "9112 4", "GET", "HTTP/1.1 404 Pas trouv\xc3\xa9 \t!\r\nContent-Length: 0\r\n\r\n"sv, "404 keep"},
    {"1.0", "9112 9.3", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] close"},
    {"1.0 that keeps alive", "9112 9.3", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] keep"},
    {"1.0 that says both", "9112 9.3", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] close"},
    {"1.0 without a length", "9112 6.3", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhi"sv, "200 [hi] close"},
    {"1.1 that closes", "9112 9.6", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] close"},
    {"close among other options", "9110 7.6.1", "GET", "HTTP/1.1 200 OK\r\nConnection: x, ClOsE\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] close"},
    {"close in a second Connection", "9110 7.6.1", "GET", "HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] close"},
    {"Proxy-Connection says nothing", "9112 C.2.2", "GET", "HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n"sv, "200 keep"},
    {"an answer to HEAD", "9110 9.3.2", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"sv, "200 keep"},
    {"an answer to HEAD with chunks announced", "9112 6.1", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"sv, "200 keep"},
    {"an answer to HEAD without a length", "9112 6.3", "HEAD", "HTTP/1.1 200 OK\r\n\r\n"sv, "200 keep"},
    {"an answer to HEAD larger than the limit", "9110 9.3.2", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"sv, "200 keep"},
    {"204", "9112 6.3", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n"sv, "204 keep"},
    {"204 with a length of 0", "9110 8.6", "DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"sv, "204 keep"},
    {"304 with the length that a 200 would have", "9110 8.6", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"sv, "304 keep"},
    {"205 with a body", "9112 6.3", "GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx"sv, "205 [x] keep"},
    {"a status that nobody knows", "9110 15", "GET", "HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n"sv, "999 keep"},
    {"chunks", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\n"sv, "200 [hello] keep"},
    {"Chunked in capitals", "9112 7", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"sv, "200 [] keep"},
    {"chunk sizes in both cases, zeros in front", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"sv, "200 [01234567890123456789] keep"},
    {"chunk extensions", "9112 7.1.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 ; a=\"b;c\"\r\nhi\r\n0;last\r\n\r\n"sv, "200 [hi] keep"},
    {"trailers, which are dropped", "9112 7.1.2", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n\r\n"sv, "200 [x] keep"},
    {"chunks in an answer that closes", "9112 9.6", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"sv, "200 [x] close"},
    {"an interim answer", "9110 15.2", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] keep"},
    {"early hints, twice", "9110 15.2", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"sv, "204 keep"},
    {"an interim answer that closes", "9110 7.6.1", "GET", "HTTP/1.1 102 Processing\r\nConnection: close\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"sv, "204 keep"},
    {"blanks around a value", "9112 5", "GET", "HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t \r\n\r\nhi"sv, "200 [hi] keep"},
    {"obs-text in a value", "9110 5.5", "GET", "HTTP/1.1 200 OK\r\nX: \xc3\xa9\r\nContent-Length: 0\r\n\r\n"sv, "200 keep"},
    {"an empty value", "9110 5.5", "GET", "HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 0\r\n\r\n"sv, "200 keep"},
    {"NUL in a body", "9110 6.4", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b"sv, "200 [a\0b] keep"sv},
    {"the same length twice", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] keep"},
    {"a body of exactly the limit", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789"sv, "200 [01234567890123456789] keep"},
    {"a body until the end of exactly the limit", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\n\r\n01234567890123456789"sv, "200 [01234567890123456789] close"},
    {"a status line in a body", "9112 6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nHTTP/1.1 200 OK\r\n"sv, "200 [HTTP/1.1 200 OK\r\n] keep"},
    {"a coding by another name is a field like any other", "9110 5.1", "GET", "HTTP/1.1 200 OK\r\nTransfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi"sv, "200 [hi] keep"},

    // What the connection is not used again after.
    {"an answer behind the answer", "9112 9.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"sv, "200 [hi] keep extra"},
    {"a body longer than its length", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!"sv, "200 [hi] keep extra"},
    {"an empty line behind the body", "9112 2.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n"sv, "200 [hi] keep extra"},
    {"a body behind an answer to HEAD", "9112 6.3", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"sv, "200 keep extra"},
    {"a body behind 304", "9112 6.3", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi"sv, "304 keep extra"},
    {"204 that announces a body", "9110 8.6", "DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"sv, "204 close"},
    {"204 that announces chunks", "9112 6.1", "DELETE", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "204 close"},
    {"an answer behind the last chunk", "9112 9.2", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"sv, "200 [] keep extra"},

    // The status line.
    {"nothing", "9112 8", "GET", ""sv, "truncated"},
    {"half a status line", "9112 8", "GET", "HTTP/1.1 20"sv, "truncated"},
    {"half a head", "9112 8", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"sv, "truncated"},
    {"HTTP/0.9", "9112 4", "GET", "<html>hello</html>"sv, "malformed"},
    {"an empty line before", "9112 2.2", "GET", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a blank before the version", "9112 4", "GET", " HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a version in small letters", "9112 2.3", "GET", "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"another protocol", "9112 2.3", "GET", "ICY 200 OK\r\n\r\n"sv, "malformed"},
    {"a request", "9112 4", "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "malformed"},
    {"a TLS alert", "9112 4", "GET", "\x15\x03\x01\x00\x02\x02\x46"sv, "malformed"},
    {"an SSH greeting", "9112 4", "GET", "SSH-2.0-OpenSSH_9.2\r\n"sv, "malformed"},
    {"HTTP/2.0", "9110 2.5", "GET", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "version"},
    {"HTTP/1.2", "9110 2.5", "GET", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "version"},
    {"HTTP/0.9, spelled out", "9110 2.5", "GET", "HTTP/0.9 200 OK\r\n\r\n"sv, "version"},
    {"HTTP/2 without its point", "9112 2.3", "GET", "HTTP/2 200\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a version of two digits", "9112 2.3", "GET", "HTTP/1.10 200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"two blanks before the status", "9112 4", "GET", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a tab before the status", "9112 4", "GET", "HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"no blank behind the status", "9112 4", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a status of two digits", "9112 4", "GET", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a status of four digits", "9112 4", "GET", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a status below 100", "9110 15", "GET", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a negative status", "9112 4", "GET", "HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a hexadecimal status", "9112 4", "GET", "HTTP/1.1 2a0 OK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"NUL in the reason", "9112 4", "GET", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"an escape in the reason", "9112 4", "GET", "HTTP/1.1 200 \x1b[2J\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bare carriage return in the reason", "9112 2.2", "GET", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bare line feed behind the status line", "9112 2.2", "GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"sv, "malformed"},
    {"a status line beyond the limit", "9112 4", "GET", "HTTP/1.1 200 this goes on and on and on and on and on and on and on\r\n"sv, "head_too_large"},

    // Lines and fields.
    {"a folded field", "9112 5.2", "GET", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a folded field with a tab", "9112 5.2", "GET", "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a blank before the first field", "9112 2.2", "GET", "HTTP/1.1 200 OK\r\n Content-Length: 0\r\n\r\n"sv, "malformed"},
    {"a blank before the colon", "9112 5.1", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"sv, "malformed"},
    {"a coding with a tab before its colon", "9112 5.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"sv, "malformed"},
    {"no colon", "9112 5", "GET", "HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"no name", "9112 5", "GET", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bracket in a name", "9110 5.6.2", "GET", "HTTP/1.1 200 OK\r\nX(): y\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a byte above 127 in a name", "9110 5.1", "GET", "HTTP/1.1 200 OK\r\n\xc3\xa9: y\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"NUL in a value", "9110 5.5", "GET", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bare carriage return in a value", "9110 5.5", "GET", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bare line feed behind a field", "9112 2.2", "GET", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"a bare line feed at the end", "9112 2.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"sv, "malformed"},
    {"a carriage return too many at the end", "9112 2.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\r\n"sv, "malformed"},
    {"a Connection that is no list", "9110 7.6.1", "GET", "HTTP/1.1 200 OK\r\nConnection: clo se\r\nContent-Length: 0\r\n\r\n"sv, "malformed"},
    {"too many fields", "9112 5", "GET", "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\n\r\n"sv, "head_too_large"},
    {"too large fields", "9112 5", "GET", "HTTP/1.1 200 OK\r\nA: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n\r\n"sv, "head_too_large"},

    // The length of the body: what response splitting and desynchronisation are made of.
    {"Transfer-Encoding and Content-Length", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"Content-Length and Transfer-Encoding", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"both, and another coding", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\nhello"sv, "framing"},
    {"both, in an answer to HEAD", "9112 6.3", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"sv, "framing"},
    {"Transfer-Encoding in 1.0", "9112 6.1", "GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"another coding alone", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"sv, "framing"},
    {"another coding, then chunked", "9112 6.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"chunked, then another coding", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"sv, "framing"},
    {"chunked twice", "9112 6.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"chunked in two fields", "9112 6.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"identity", "9112 7", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhi"sv, "framing"},
    {"chunked with a parameter", "9112 7", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"chunked in quotes", "9112 7", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"xchunked", "9112 7", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"an empty Transfer-Encoding", "9112 6.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n"sv, "framing"},
    {"two lengths that differ", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"sv, "framing"},
    {"a list of lengths that differ", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nhi!"sv, "framing"},
    {"a list of lengths", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi"sv, "framing"},
    {"a length with a plus", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi"sv, "framing"},
    {"a negative length", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi"sv, "framing"},
    {"a hexadecimal length", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nhi"sv, "framing"},
    {"a length with a blank inside", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1 0\r\n\r\nhi"sv, "framing"},
    {"an empty length", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"sv, "framing"},
    {"a length beyond 64 bits", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nhi"sv, "framing"},
    {"a bad length in 304", "9110 8.6", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2x\r\n\r\n"sv, "framing"},
    {"a body larger than the limit", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n"sv, "body_too_large"},
    {"a length of nearly 64 bits", "9110 8.6", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhi"sv, "body_too_large"},
    {"a body until the end larger than the limit", "9112 6.3", "GET", "HTTP/1.1 200 OK\r\n\r\n012345678901234567890"sv, "200 [01234567890123456789] body_too_large"},
    {"a body that is cut short", "9112 8", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"sv, "200 [hell] truncated"},

    // Chunks.
    {"chunks that are cut short", "9112 8", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell"sv, "200 [hell] truncated"},
    {"chunks without the last one", "9112 8", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"sv, "200 [hello] truncated"},
    {"a last chunk without its empty line", "9112 8", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"sv, "200 [hello] truncated"},
    {"a chunk size with a prefix", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"a negative chunk size", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"sv, "200 [] chunk"},
    {"no chunk size", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"a body that is not chunked", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<html></html>"sv, "200 [] chunk"},
    {"a blank after a chunk size", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"a chunk size beyond 64 bits", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nhi\r\n0\r\n\r\n"sv, "200 [] body_too_large"},
    {"a chunk line that ends with a bare line feed", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"a bare line feed in a chunk extension", "9112 7.1.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"a chunk longer than its size", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n"sv, "200 [h] chunk"},
    {"chunk data that ends with a bare line feed", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\n0\r\n\r\n"sv, "200 [hi] chunk"},
    {"a folded trailer", "9112 7.1.2", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n"sv, "200 [] chunk"},
    {"a status line behind the last chunk", "9112 7.1.2", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n"sv, "200 [] chunk"},
    {"chunks larger than the limit in one", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n"sv, "200 [] body_too_large"},
    {"chunks larger than the limit in sum", "9112 7.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n13\r\n"sv, "200 [hi] body_too_large"},
    {"a chunk extension beyond the limit", "9112 7.1.1", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;012345678901234567890123456789012345678901234567890123456789\r\nhi\r\n0\r\n\r\n"sv, "200 [] chunk"},
    {"too many trailers", "9112 7.1.2", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"sv, "200 [] head_too_large"},

    // Interim answers.
    {"only an interim answer", "9112 8", "GET", "HTTP/1.1 100 Continue\r\n\r\n"sv, "truncated"},
    {"an interim answer with a length", "9110 8.6", "GET", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No Content\r\n\r\n"sv, "framing"},
    {"an interim answer with chunks", "9112 6.1", "GET", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"sv, "framing"},
    {"too many interim answers", "9110 15.2", "GET", "HTTP/1.1 100 A\r\n\r\nHTTP/1.1 100 B\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"sv, "too_many_interim"},
    {"a change of the protocol", "9110 7.8", "GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"sv, "upgrade"},
    {"a damaged answer behind an interim one", "9112 4", "GET", "HTTP/1.1 100 Continue\r\n\r\nhello\r\n"sv, "malformed"},
};
// clang-format on

} // namespace plait::test
