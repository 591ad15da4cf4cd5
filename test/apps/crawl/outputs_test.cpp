// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <crawl/extract/outputs.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/resource.h>

namespace plait::test {
namespace {

using namespace crawl;
using namespace std::string_literals;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What a query finds: cells with a bar between them, rows with line ends.
std::string rows(const std::string& path, const std::string& query) {
    SQLite::Database database(path);
    SQLite::Statement each(database, query);
    std::string all;
    while (each.executeStep()) {
        for (int i = 0; i < each.getColumnCount(); ++i)
            all.append(i ? "|" : "").append(each.getColumn(i).isNull() ? "null" : each.getColumn(i).getString());
        all += '\n';
    }
    return all;
}

const std::vector<record_schema> films = {
    {"film",
     {{"title"},
      {"id", value_type::integer},
      {"rating", value_type::real},
      {"seen", value_type::boolean},
      {"tags", value_type::text, true}}}};

record film(std::string title, std::int64_t id) {
    return {
        "film",
        {{"title", {std::move(title)}},
         {"id", {id}},
         {"rating", {9.0}},
         {"seen", {true}},
         {"tags", {std::vector<value>{{"a"s}, {"b"s}}}}}};
}

const page_failure killed = {"http://f/3", "parser_killed", "signal 9, twice"};

/// Every kind of output, in a folder of its own.
template <class Test>
void for_each_format(Test test) {
    for (const std::string name : {"f.jsonl", "f.csv", "f.sqlite"}) {
        const scratch_directory in;
        BOOST_TEST_CONTEXT(name) test(in / name, *format_of(name));
    }
}

/// All that an output holds, failures too.
std::string everything(const std::string& path) {
    if (path.ends_with(".sqlite"))
        return rows(path, "SELECT title, id, rating, seen, tags, _url FROM film ORDER BY _id") +
               rows(path, "SELECT _url, cause, detail FROM _failures ORDER BY _id");
    std::string all = content(path);
    if (path.ends_with(".csv")) all += content(path.substr(0, path.size() - 4) + "._failures.csv");
    return all;
}

/// What an output refuses, and nothing if it does not.
template <class F>
std::string refused(F f) {
    try {
        static_cast<void>(f());
    } catch (const output_error& e) {
        return e.what();
    }
    return "nothing";
}

/// While it lives, no file grows beyond so many bytes: what a full disk is to a writer.
class file_limit {
public:
    explicit file_limit(rlim_t most) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    file_limit(const file_limit&) = delete;
    file_limit& operator=(const file_limit&) = delete;
    ~file_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int);
};

} // namespace

BOOST_AUTO_TEST_SUITE(outputs)

BOOST_AUTO_TEST_CASE(json_lines) {
    const scratch_directory in;
    const auto out = open_output(in / "f.jsonl", output_format::jsonl, films, existing_output::replace);
    out->write("http://f/1", film("A \"B\"", 1));
    out->write(killed);
    static_cast<void>(out->commit());
    BOOST_TEST(
        content(in / "f.jsonl") ==
        R"({"_record":"film","title":"A \"B\"","id":1,"rating":9.0,"seen":true,"tags":["a","b"],"_url":"http://f/1"})"
        "\n"
        R"({"_record":"_failure","_url":"http://f/3","cause":"parser_killed","detail":"signal 9, twice"})"
        "\n");
}

BOOST_AUTO_TEST_CASE(csv) {
    const scratch_directory in;
    const auto out = open_output(in / "f.csv", output_format::csv, films, existing_output::replace);
    out->write("http://f/1", film("A, \"B\"\r\n", 1));
    out->write(
        "http://f/2", {"film", {{"title", {" x"s}}, {"id", {}}, {"rating", {-1.5}}, {"seen", {false}}, {"tags", {}}}});
    BOOST_TEST(!std::filesystem::exists(in / "f._failures.csv"));
    out->write(killed);
    static_cast<void>(out->commit());
    BOOST_TEST(
        content(in / "f.csv") == "title,id,rating,seen,tags,_url\r\n"
                                 "\"A, \"\"B\"\"\r\n\",1,9.0,true,\"[\"\"a\"\",\"\"b\"\"]\",http://f/1\r\n"
                                 "\" x\",,-1.5,false,,http://f/2\r\n");
    BOOST_TEST(
        content(in / "f._failures.csv") == "_url,cause,detail\r\nhttp://f/3,parser_killed,\"signal 9, twice\"\r\n");
}

BOOST_AUTO_TEST_CASE(a_formula_in_csv_is_defused_and_a_number_is_none) {
    const scratch_directory in;
    const std::vector<record_schema> schema = {{"r", {{"x"}, {"=y"}}}};
    const auto out = open_output(in / "f.csv", output_format::csv, schema, existing_output::replace);
    for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1"})
        out->write("=u", {"r", {{"x", {std::string(text)}}, {"=y", {std::int64_t{-1}}}}});
    static_cast<void>(out->commit());
    std::string expected = "x,\"'=y\",_url\r\n";
    for (const char* text : {"\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@SUM(A1)\"", "\"'\t=1\"", "\"'\r=1\"", "a=1"})
        expected += text + ",-1,\"'=u\"\r\n"s;
    BOOST_TEST(content(in / "f.csv") == expected);
}

BOOST_AUTO_TEST_CASE(several_kinds_in_csv_are_several_files) {
    const scratch_directory in;
    const std::vector<record_schema> schemas = {{"film", {{"x"}}}, {"actor", {{"y"}}}};
    const auto out = open_output(in / "f.csv", output_format::csv, schemas, existing_output::replace);
    out->write("u", {"actor", {{"y", {"b"s}}}});
    static_cast<void>(out->commit());
    BOOST_TEST(content(in / "f.film.csv") == "x,_url\r\n");
    BOOST_TEST(content(in / "f.actor.csv") == "y,_url\r\nb,u\r\n");
}

BOOST_AUTO_TEST_CASE(sqlite_has_columns_of_their_types) {
    const scratch_directory in;
    const auto out = open_output(in / "f.sqlite", output_format::sqlite, films, existing_output::replace);
    out->write("http://f/1", film("A", 1));
    out->write("http://f/2", {"film", {{"title", {}}, {"id", {}}, {"rating", {1.5}}, {"seen", {false}}, {"tags", {}}}});
    out->write(killed);
    static_cast<void>(out->commit());
    BOOST_TEST(
        rows(in / "f.sqlite", "SELECT typeof(title), typeof(id), typeof(rating), typeof(seen), tags FROM film") ==
        "text|integer|real|integer|[\"a\",\"b\"]\nnull|null|real|integer|null\n");
    BOOST_TEST(rows(in / "f.sqlite", "SELECT * FROM _failures") == "3|http://f/3|parser_killed|signal 9, twice\n");
}

BOOST_AUTO_TEST_CASE(names_in_sqlite_are_only_names) {
    const scratch_directory in;
    const std::vector<record_schema> schema = {{"select", {{"x\"); DROP TABLE a; --"}}}};
    const auto out = open_output(in / "f.sqlite", output_format::sqlite, schema, existing_output::replace);
    out->write("u", {"select", {{"", {"1"s}}}});
    static_cast<void>(out->commit());
    BOOST_TEST(rows(in / "f.sqlite", "SELECT * FROM \"select\"") == "1|1|u\n");
}

BOOST_AUTO_TEST_CASE(an_output_opened_with_a_mark_goes_on_from_there) {
    for_each_format([](const std::string& path, output_format format) {
        const auto go = [&](existing_output existing, const std::string& mark = "") {
            return open_output(path, format, films, existing, mark);
        };
        std::string undisturbed, mark;
        {
            const auto out = go(existing_output::replace);
            out->write("u", film("A", 1));
            mark = out->commit();
            out->write("u", film("B", 2));
            out->write(killed);
            static_cast<void>(out->commit());
        }
        undisturbed = everything(path);
        {
            const auto out = go(existing_output::replace, mark); // what lies behind the mark goes
            out->write("u", film("B", 2));
            out->write(killed);
            mark = out->commit();
            out->write("u", film("C", 3)); // is not committed
        }
        {
            const auto out = go(existing_output::replace, mark);
            static_cast<void>(out->commit());
        }
        BOOST_TEST(everything(path) == undisturbed);
    });
}

BOOST_AUTO_TEST_CASE(failures_behind_the_mark_go_with_it) {
    for_each_format([](const std::string& path, output_format format) {
        std::string mark;
        {
            const auto out = open_output(path, format, films, existing_output::replace);
            mark = out->commit();
            out->write(killed);
            static_cast<void>(out->commit());
        }
        const auto out = open_output(path, format, films, existing_output::append, mark);
        static_cast<void>(out->commit());
        BOOST_TEST(everything(path).find("parser_killed") == std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(an_output_is_appended_to_or_replaced) {
    for_each_format([](const std::string& path, output_format format) {
        const auto write = [&](existing_output existing, const char* title) {
            const auto out = open_output(path, format, films, existing);
            out->write("u", film(title, 1));
            static_cast<void>(out->commit());
        };
        const auto has = [&](const char* title) { return everything(path).find(title) != std::string::npos; };
        write(existing_output::append, "First");
        const std::string first = everything(path);
        write(existing_output::append, "Second");
        BOOST_TEST((has("First") && has("Second")));
        if (format == output_format::csv) BOOST_TEST(content(path).rfind("title,") == 0U); // one header
        write(existing_output::replace, "First");
        BOOST_TEST(everything(path) == first);
    });
}

BOOST_AUTO_TEST_CASE(a_mark_of_another_output_is_refused) {
    for_each_format([](const std::string& path, output_format format) {
        const std::string longer = format == output_format::csv ? "film 100" : "100";
        BOOST_TEST(refused([&] {
                       return open_output(path, format, films, existing_output::append, longer);
                   }).starts_with(path + ": "));
        const std::string none = format == output_format::csv ? "film x" : "x";
        BOOST_TEST(refused([&] {
                       return open_output(path, format, films, existing_output::append, none);
                   }).find("is no mark") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_with_the_file_s_name) {
    BOOST_TEST(refused([] {
                   const auto out = open_output("/dev/full", output_format::jsonl, films, existing_output::replace);
                   out->write("u", film("A", 1));
                   static_cast<void>(out->commit());
               }) == "/dev/full: No space left on device");
    for_each_format([](const std::string& path, output_format format) {
        const auto out = open_output(path, format, films, existing_output::replace);
        static_cast<void>(out->commit());
        const file_limit limit(64 * 1024);
        const std::string why = refused([&] {
            for (int i = 0; i < 1000; ++i)
                out->write("u", film(std::string(1000, 'x'), i));
            static_cast<void>(out->commit());
        });
        BOOST_TEST(why.starts_with(path + ": "), why);
    });
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_told_by_its_name) {
    for (const char* name : {"/nonexistent/f.jsonl", "/nonexistent/f.csv", "/nonexistent/f.sqlite"}) {
        const std::string why =
            refused([&] { return open_output(name, *format_of(name), films, existing_output::append); });
        BOOST_TEST(why.starts_with(name + ": "s), why);
    }
    const scratch_directory in;
    std::ofstream(in / "f.db") << std::string(4096, 'x');
    const std::string why =
        refused([&] { return open_output(in / "f.db", output_format::sqlite, films, existing_output::append); });
    BOOST_TEST(why == in / "f.db" + ": file is not a database"s, why);
}

BOOST_AUTO_TEST_CASE(a_format_is_known_by_the_name_s_end) {
    BOOST_CHECK(format_of("-") == output_format::jsonl);
    BOOST_CHECK(format_of("a.b.JSONL") == output_format::jsonl);
    BOOST_CHECK(format_of("a.sqlite3") == output_format::sqlite);
    BOOST_CHECK(!format_of("films"));
    BOOST_CHECK(!format_of("films.txt"));
}

BOOST_AUTO_TEST_CASE(what_standard_output_cannot_be_is_refused) {
    const std::vector<record_schema> two = {{"a", {{"x"}}}, {"b", {{"y"}}}};
    BOOST_TEST(refused([&] {
                   return open_output("-", output_format::csv, two, existing_output::append);
               }) == "standard output: several kinds of records do not fit in one CSV");
    BOOST_TEST(refused([] {
                   return open_output("-", output_format::sqlite, films, existing_output::append);
               }) == "standard output: it cannot be a database");
}

BOOST_AUTO_TEST_CASE(rules_have_schemas) {
    const auto rules = std::get<extraction>(read_extraction(
        "[[record]]\nname='film'\nselect='a'\nfields.b={css='c', type='int'}\nfields.a={css='c', list=true}\n", "f"));
    const auto schemas = schemas_of(rules);
    BOOST_REQUIRE(schemas.size() == 1U);
    BOOST_TEST(schemas[0].kind == "film");
    BOOST_TEST(schemas[0].columns.at(0).name == "b"); // as in the file
    BOOST_CHECK(schemas[0].columns[0].type == value_type::integer);
    BOOST_TEST(schemas[0].columns.at(1).is_list);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
