// Copyright 2026 the plait authors. Boost Software License 1.0
#include "settings.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace plait::intake {
namespace {

using boost::asio::ip::tcp;

constexpr const char* description =
    "Accepts HTTP requests, queues them in shared memory, and has worker processes answer them.\n"
    "A worker that dies costs nobody more than a moment: its request goes to another worker if it may be retried;\n"
    "otherwise its caller is told at once.";

constexpr const char* examples = "\nTry:\n"
                                 "  plait-intake --handler hash --workers 4\n"
                                 "  curl -d hello http://127.0.0.1:8080/\n"
                                 "\nSIGTERM or SIGINT answers what is in flight and ends; a second one ends at once.\n"
                                 "Exit codes: 0 drained, 1 it could not start, 2 a malformed flag.";

/// "ADDRESS:PORT", the address of IPv6 in brackets.
std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    boost::system::error_code bad;
    const auto address = boost::asio::ip::make_address(std::string(host), bad);
    if (bad || address.is_v6() != bracketed) return std::nullopt;
    return tcp::endpoint(address, port);
}

/// What each flag accepts, by its name.
using accepted_forms = std::map<std::string, std::string>;

/// Adds a flag whose value `parse` turns into `target`; `form` says what is accepted.
template <class T, class Parse>
void add_flag(
    CLI::App& app, accepted_forms& forms, const std::string& name, T& target, const std::string& form,
    const std::string& help, Parse parse) {
    forms.emplace(name, form);
    app.add_option_function<std::string>(
           name,
           [&target, name, form, parse](const std::string& text) {
               const auto value = parse(text);
               if (!value) throw CLI::ValidationError(name, "'" + text + "' is not " + form);
               target = *value;
           },
           help)
        ->type_name("");
}

/// What to tell somebody whose command line is refused. CLI11 names the flag that was given no value, or two, before a
/// colon, but cannot know what a value looks like.
std::string refusal(const CLI::ParseError& e, const accepted_forms& forms) {
    const std::string what = e.what();
    const auto form = forms.find(what.substr(0, what.find(':')));
    const bool wrong_count = dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr && form != forms.end();
    return wrong_count ? form->first + ": takes one value, " + form->second : what;
}

template <class T>
auto number_between(T least, T most) {
    return [least, most](const std::string& text) -> std::optional<T> {
        T value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
            return std::nullopt;
        return value;
    };
}

std::optional<retry_policy> parse_retry(const std::string& text) {
    if (text == "idempotent") return retry_policy::idempotent;
    if (text == "always") return retry_policy::always;
    if (text == "never") return retry_policy::never;
    return std::nullopt;
}

} // namespace

std::variant<settings, early_exit> read_command_line(int argc, const char* const* argv) {
    settings result;
    accepted_forms forms;
    CLI::App app(description, "plait-intake");
    app.footer(examples);
    add_flag(
        app, forms, "--listen", result.listen, "ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080",
        "ADDRESS:PORT to listen on; port 0 takes a free one and prints it (127.0.0.1:8080)", parse_endpoint);
    add_flag(
        app, forms, "--workers", result.workers, "a number from 1 to 1024", "N worker processes (2)",
        number_between<unsigned>(1, 1024));
    add_flag(
        app, forms, "--handler", result.handler, "echo, hash or sleep:MILLISECONDS (decimals allowed, a day at most)",
        "echo|hash|sleep:MILLISECONDS: what the workers do: return the body, its SHA-256, or nothing after a while "
        "(echo)",
        parse_handler);
    add_flag(
        app, forms, "--queue-capacity", result.queue_capacity, "a number from 1 to 1048576",
        "N requests may wait for a worker; more are answered 503 (1024)", number_between<std::size_t>(1, 1048576));
    add_flag(
        app, forms, "--max-body", result.max_body, "a number of bytes from 0 to 67108864",
        "BYTES of a request's body; more is answered 413 (1048576)", number_between<std::uint64_t>(0, 67108864));
    add_flag(
        app, forms, "--retry", result.retry, "idempotent, always or never",
        "idempotent|always|never: which requests are started again when the worker that had started them died; "
        "GET, HEAD, OPTIONS, PUT, DELETE and those with an Idempotency-Key are idempotent (idempotent)",
        parse_retry);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return early_exit{0, app.help()};
    } catch (const CLI::ParseError& e) {
        return early_exit{2, "plait-intake: " + refusal(e, forms) + " (--help lists the flags)\n"};
    }
    return result;
}

} // namespace plait::intake
