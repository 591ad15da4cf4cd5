// Copyright 2026 the plait authors. Boost Software License 1.0
#include "command_line.hpp"

#include <CLI/CLI.hpp>

namespace plait::inspector {
namespace {

constexpr const char* description =
    "Shows the shared memory of plait's processes: segments, who is in them, what lies in their queues.\n"
    "ls, ps and queue look from outside: they take no lock, write nothing, and work on whatever state a segment is in.";

constexpr const char* footer =
    "\nTry:\n"
    "  plait ls                                the segments, and which processes hold them\n"
    "  plait ps kitchen                        who is in one, alive or dead, and what they hold\n"
    "  plait queue kitchen orders              what is in a queue, and who waits for it\n"
    "  plait queue pid:4711 orders --peek 3    its next three messages; they stay where they are\n"
    "  plait rm kitchen                        remove a segment that nobody uses any more\n"
    "  plait COMMAND --help                    more about one of them\n"
    "\nA segment is named by its name or memfd:INODE, as `plait ls` shows it; by the path of its file, with a '/' in "
    "it; or\n"
    "by pid:PID, which is the only segment of that process. Those without names are found through the processes that "
    "have\n"
    "them open; those of other users are seen by root alone.\n"
    "Exit codes: 0 done, 1 refused or failed, 2 a malformed command line.";

constexpr const char* list_footer =
    "\nPARTICIPANTS counts who entered: the dead are those after whom nobody has swept up yet. HELD BY are the\n"
    "processes that have the memory open, participants or not.";

constexpr const char* participants_footer =
    "\nSTATE is the kernel's word: a participant's process holds a lock that ends with it, and with nothing else.\n"
    "  alive     it holds its lock\n"
    "  stopped   it holds its lock, but a signal or a debugger has stopped it\n"
    "  dead      nobody holds its lock, and nobody has swept up after it yet\n"
    "  unknown   the file with the locks cannot be reached\n"
    "PID of the living is the process that holds the lock. Of the dead it is what they said of themselves when they\n"
    "entered, marked with '?': a hint, because another process may have that number by now.\n"
    "HOLDS: leases are messages received and not acknowledged, which go back to the queue when their holder dies; "
    "loans\n"
    "are room being filled; an uncommitted message is written but not in the queue yet.";

constexpr const char* remove_footer =
    "\nRefuses while somebody lives in the segment, and where that cannot be told; and what is no segment of this "
    "layout.\n"
    "With --force the name goes all the same: those who are in stay in, and whoever comes by that name finds nothing, "
    "or\n"
    "makes a new segment. An anonymous segment has no name; it goes with the last process that holds it.";

constexpr const char* queue_footer =
    "\nTry:\n"
    "  plait queue pid:4711 orders --peek 1 --bytes 64\n"
    "  plait queue pid:4711 orders --drain --json > orders.jsonl\n"
    "  plait queue pid:4711 orders --dead\n"
    "  plait queue pid:4711 orders --evict 3      its messages go to others; `plait ps` tells the number\n"
    "\n--drain, --replay, --drop and --evict enter the segment as a participant, and refuse one that is damaged in "
    "any\n"
    "way. --drain prints each message before it acknowledges it: if plait is killed in between, it is delivered "
    "again;\n"
    "with --json every message is a line of its own. --evict is for a participant that is stopped, or does not get "
    "on:\n"
    "what it does to those messages afterwards fails. It stays in the segment, and can receive again.";

} // namespace

std::variant<request, early_exit> read_command_line(int argc, const char* const* argv) {
    request result;
    using command = request::command;
    bool drain = false, replay = false, drop = false;
    CLI::App app(description, "plait");
    app.footer(footer);
    app.require_subcommand(1);
    auto json_flag = [&](CLI::App* to) { to->add_flag("--json", result.json, "print JSON"); };

    auto* list = app.add_subcommand("ls", "Lists the segments.");
    list->footer(list_footer);
    json_flag(list);

    auto* participants = app.add_subcommand("ps", "Lists the participants of a segment, or of all.");
    participants->footer(participants_footer);
    participants
        ->add_option("SEGMENT", result.segment, "a name, memfd:INODE, pid:PID or the path of a file (all segments)")
        ->type_name("");
    json_flag(participants);

    auto* queue = app.add_subcommand("queue", "Shows a queue.");
    queue->footer(queue_footer);
    queue->add_option("SEGMENT", result.segment, "a name, memfd:INODE, pid:PID or the path of a file")
        ->required()
        ->type_name("");
    queue->add_option("QUEUE", result.queue, "its name, as `plait ls` shows it")->required()->type_name("");
    auto* peek = queue->add_option("--peek", result.peek, "N: show the next N messages, and leave them there");
    peek->type_name("");
    auto* dead = queue->add_flag("--dead", result.dead, "show the dead letters: messages that were set aside");
    queue->add_option("--bytes", result.bytes, "N: show the first N bytes of each message (256)")->type_name("");
    auto* changes = queue->add_option_group("Changes", "at most one of them:");
    changes->add_flag("--drain", drain, "take all messages that wait, print them and acknowledge them");
    changes->add_flag("--replay", replay, "put the dead letters back into the queue, with no deliveries behind them");
    changes->add_flag("--drop", drop, "throw the dead letters away");
    auto* evict = changes->add_option(
        "--evict", result.participant, "PARTICIPANT: take away every message that it holds on a lease");
    evict->type_name("");
    changes->require_option(0, 1);
    for (auto* name : {"--drain", "--replay", "--drop", "--evict"})
        changes->get_option(name)->excludes(peek)->excludes(dead);
    json_flag(queue);

    auto* remove = app.add_subcommand("rm", "Removes a segment that has a name or a path.");
    remove->footer(remove_footer);
    remove->add_option("SEGMENT", result.segment, "its name, or the path of its file with a '/' in it")
        ->required()
        ->type_name("");
    remove->add_flag("--force", result.force, "even if somebody lives in it, or it cannot be read");
    json_flag(remove);

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        auto chosen = app.get_subcommands();
        return early_exit{0, chosen.empty() ? app.help() : chosen.front()->help("plait")};
    } catch (const CLI::ParseError& e) {
        return early_exit{2, "plait: " + std::string(e.what()) + " (--help explains the commands)\n"};
    }
    if (*remove) result.what = request::command::remove;
    if (*participants) result.what = request::command::participants;
    if (*queue)
        result.what = drain    ? command::drain
                      : replay ? command::replay
                      : drop   ? command::drop
                      : *evict ? command::evict
                               : command::queue;
    return result;
}

} // namespace plait::inspector
