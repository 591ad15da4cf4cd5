// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Control that is passed by hand: a tokeniser, a parser and the program take turns, each with its own place in its own
// code. No loop, no scheduler, no queue: a greenlet runs when somebody switches to it.
#include <plait/plait.hpp>

#include <cctype>
#include <cstdio>
#include <string>

namespace {

// Receives characters one at a time, and gives a word whenever one is complete, otherwise nothing.
using tokeniser = plait::greenlet<std::string(char)>;

std::string words(tokeniser::self& self, char c) {
    for (;;) {
        std::string word;
        for (; std::isalnum(static_cast<unsigned char>(c)); c = self.switch_back(""))
            word += c;
        c = self.switch_back(word);
    }
}

// Gives the numbers from `n` down to 1.
using countdown = plait::greenlet<int(int)>;

int count_down(countdown::self& self, int n) {
    for (; n > 1; --n)
        static_cast<void>(self.switch_back(n));
    return n;
}

} // namespace

int main() {
    tokeniser reads(words);
    for (char c : std::string("switch by hand.")) {
        std::string word = reads.switch_to(c);
        if (!word.empty()) std::printf("word: %s\n", word.c_str());
    }

    countdown counts(count_down);
    while (!counts.is_dead())
        std::printf("%d\n", counts.switch_to(3));
    try {
        counts.switch_to(3);
    } catch (const plait::error& e) {
        std::printf("%s\n", e.what());
    }
} // the tokeniser is in the middle of its loop: its stack is unwound
