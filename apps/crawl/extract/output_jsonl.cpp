// Copyright 2026 the plait authors. Boost Software License 1.0
#include "output_file.hpp"
#include "output_formats.hpp"

namespace plait::crawl {
namespace {

class jsonl_output final : public output {
public:
    jsonl_output(const std::string& path, existing_output existing, const std::string& mark)
        : file_(path, existing, number_in_mark(path, mark)) {}

    void write(const std::string& url, const record& found) override {
        begin(found.kind);
        for (const field& f : found.fields) {
            append_json(line_.append(1, ','), f.name);
            append_json(line_.append(1, ':'), f.content);
        }
        end("_url", url);
    }

    void write(const page_failure& failure) override {
        begin(failure_kind);
        add("_url", failure.url);
        add("cause", failure.cause);
        end("detail", failure.detail);
    }

    std::string commit() override { return std::to_string(file_.commit()); }

private:
    void begin(std::string_view kind) {
        line_ = "{\"_record\":";
        append_json(line_, kind);
    }
    void add(std::string_view name, std::string_view text) {
        append_json(line_.append(1, ','), name);
        append_json(line_.append(1, ':'), text);
    }
    void end(std::string_view name, std::string_view text) {
        add(name, text);
        file_.write(line_.append("}\n"));
    }

    output_file file_;
    std::string line_;
};

} // namespace

std::unique_ptr<output> open_jsonl(const std::string& path, existing_output existing, const std::string& mark) {
    return std::make_unique<jsonl_output>(path, existing, mark);
}

} // namespace plait::crawl
