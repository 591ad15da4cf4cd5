/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * A queue that is closed while it is used, and drained (ipc/src/queue_core.cpp, queue_close.cpp), as spin checks it.
 *
 *   producer 0 ─┐                          ┌─ consumer 2    until the queue is closed and empty
 *   producer 1 ─┴─▶ words, order, closed ──┴─ consumer 3
 *                          ▲
 *                     closer, evictor
 *
 * How the order works is fifo_queue.pml's and sorted_queue.pml's: here to commit a message, to take the one that is next and
 * to forget one that was taken back are a step each. How one waits is channel.hpp's: register, look once more, sleep. An
 * eviction takes a message from whoever holds it, a put that is about to take it back included. (That a killed put leaves
 * its message behind is allowed: nobody was told that it was put.)
 *
 * Asserted: nobody sleeps for ever (spin reports it); when all is quiet, what was put, and was not refused, was taken and
 * acknowledged once, nothing else was, and every cell is free. What came back after the last receiver had left stays.
 *
 * A model that cannot fail proves nothing: with one of these the protocol lacks a part, and spin must object.
 *   NO_LOOK_AFTER_PUT   a put does not look after its commit whether the queue was closed meanwhile
 *   LATE_LOOK           a receive looks whether the queue is closed after it has found nothing, not before
 *   NO_WAKE             close wakes nobody
 *   BLIND_TAKE_BACK     a put that takes its message back stores the last word instead of exchanging it
 */
#ifndef EVICTIONS
#define EVICTIONS 0
#endif
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#define CELLS 2 /* one for each producer */
#define WORKERS 5

#define FREE 0
#define READY 1
#define LEASED 2
#define RETURNED 3
#define WORD(g, s, o) (((g) << 5) | ((s) << 3) | (o))
#define GENERATION(w) ((w) >> 5)
#define STATE(w) (((w) >> 3) & 3)
#define OWNER(w) ((w) & 7)
#define WAITS(c) (in_order[c] && (STATE(word[c]) == READY || STATE(word[c]) == RETURNED))

byte word[CELLS];
bool in_order[CELLS];
bool closed;
bool room_for_two;    /* the capacity is one until somebody takes something */
bool waits[4];        /* who is registered sleeps while it is true */
#define WAKE_PRODUCERS atomic { waits[0] = false; waits[1] = false }
#define WAKE_CONSUMERS atomic { waits[2] = false; waits[3] = false }
byte finished = 2 - PRODUCERS, evictions = EVICTIONS;

bool was_put[CELLS];  /* and its producer was told so */
bool acknowledged[CELLS];
bool evicted;

#define CAS(place, from, to, won) if :: place == from -> place = to; won = true :: else -> won = false fi
#define WAIT \
    if \
    :: !registered -> waits[me] = true; registered = true \
    :: registered -> atomic { !waits[me] -> registered = false } \
    fi

proctype producer(byte me) {
    byte w;
    bool won, registered;
    do
    :: closed -> break /* refused */
    :: !closed ->
        atomic {
            won = (!in_order[1 - me] || room_for_two);
            if :: won -> w = WORD(1, READY, me); word[me] = w; in_order[me] = true :: else fi
        }
        if
        :: !won -> WAIT
        :: won ->
            won = false;
#ifndef NO_LOOK_AFTER_PUT
            if
            :: closed ->
                atomic { CAS(word[me], w, WORD(1, LEASED, me), won) };
                if
                :: won ->
                    atomic { if :: word[me] == WORD(1, LEASED, me) -> in_order[me] = false :: else fi };
#ifdef BLIND_TAKE_BACK
                    word[me] = WORD(1, FREE, 0)
#else
                    atomic { CAS(word[me], WORD(1, LEASED, me), WORD(1, FREE, 0), won) }
#endif
                :: else
                fi
            :: !closed
            fi;
#endif
            if
            :: !won -> was_put[me] = true; WAKE_CONSUMERS
            :: else -> WAKE_PRODUCERS
            fi;
            break
        fi
    od;
    atomic { w = 0; won = false; registered = false; finished++ }
}

proctype consumer(byte me) {
    byte cell, w;
    bool won, seen, registered;
    do
    :: true ->
        seen = closed;
        atomic {
            won = false;
            if
            :: WAITS(0) -> cell = 0; won = true
            :: WAITS(1) -> cell = 1; won = true
            :: else
            fi;
            if
            :: won ->
                w = WORD(GENERATION(word[cell]), LEASED, me);
                word[cell] = w;
                in_order[cell] = false;
                room_for_two = true
            :: else
            fi
        }
#ifdef LATE_LOOK
        seen = closed;
#endif
        if
        :: won ->
            registered = false;
            WAKE_PRODUCERS;
            atomic {
                CAS(word[cell], w, WORD(GENERATION(w), FREE, 0), won);
                if :: won -> assert(!acknowledged[cell]); acknowledged[cell] = true :: else fi
            }
        :: !won && seen -> break /* closed and empty */
        :: !won && !seen -> WAIT
        fi
    od;
    atomic { cell = 0; w = 0; won = false; seen = false; registered = false; finished++ }
}

proctype closer() {
    closed = true;
#ifndef NO_WAKE
    WAKE_CONSUMERS;
    WAKE_PRODUCERS;
#endif
    finished++
}

proctype evictor() {
    byte cell, w;
    bool won;
    do
    :: break
    :: evictions > 0 ->
        evictions--;
        if :: cell = 0 :: cell = 1 fi;
        w = word[cell];
        if
        :: STATE(w) == LEASED ->
            atomic { CAS(word[cell], w, WORD(GENERATION(w) + 1, RETURNED, 4), won); if :: won -> evicted = true :: else fi };
            if
            :: won -> in_order[cell] = true; WAKE_CONSUMERS
            :: else
            fi
        :: else
        fi
    od;
    atomic { cell = 0; w = 0; won = false; finished++ }
}

proctype judge() {
    byte i;
    finished == WORKERS + (EVICTIONS > 0);
    d_step {
        for (i : 0 .. CELLS - 1) {
            assert(!was_put[i] || acknowledged[i] || (evicted && WAITS(i)));
            assert(!acknowledged[i] || was_put[i]);
            assert(STATE(word[i]) == FREE || (evicted && WAITS(i)))
        }
    }
}

init {
    atomic {
        run producer(0);
#if PRODUCERS > 1
        run producer(1);
#endif
        run consumer(2);
        run consumer(3);
        run closer();
#if EVICTIONS > 0
        run evictor();
#endif
        run judge()
    }
}
