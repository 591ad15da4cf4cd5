/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * A queue that is closed at once (ipc/src/queue_close.cpp, queue_join.cpp, dead_letters.cpp), and who waits for it, as spin
 * checks them.
 *
 *   producer, or replayer ──▶ [ message 0, message 1 ] ──▶ consumer      waits for a message
 *     waits for room                   ▲
 *   closer ──── close_now ─────────────┤                   joiner        waits until nothing is in use
 *   sweeper of the dead ───────────────┘  (it may die too)
 *
 * How the order works is fifo_queue.pml's: here a cell is named by it or is not, and to take a message that waits, to commit
 * one, and to forget one that is taken are a step each. How one waits is channel.hpp's: register, look once more, sleep; who
 * changes something looks whether somebody is registered, and wakes. Wakes that could only be in vain are left out, and so
 * is the tick that looks after everything every 100 ms: nobody may need it but those whose waker is stopped.
 * Every step may be the last of its party: CRASHES of them die.
 *
 * Asserted: nobody sleeps for ever (spin reports it); a message is acknowledged, or dropped, or taken back by the put that
 * fails: one of these, once; nobody takes a message from a living holder, whose acknowledgement counts after the close too; who
 * joins is not let go before there was a moment at which nothing was in use; when all is quiet and the dead are swept, nothing
 * waits in the queue, every committed message has had its end, and every cell is free.
 *
 * A model that cannot fail proves nothing: with one of these the protocol lacks a part, and spin must object.
 *   NO_LOOK_AFTER_PUT   a put does not look after its commit whether the queue was closed meanwhile
 *   NO_DROP_BY_RETURN   who returns or replays a message does not look whether it is to be dropped
 *   NO_DROP_IN_SWEEP    nor does a sweep
 *   NO_WAKE_IN_SWEEP    a sweep wakes nobody
 *   BLIND_DROP          who drops a message stores its word, without taking it first
 *   ONE_LOOK            who joins believes one look at all words
 */
#ifndef CELLS
#define CELLS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RETURNS
#define RETURNS 1
#endif
#ifndef PUTS /* whether there is a producer; and so on */
#define PUTS 1
#endif
#ifndef REPLAYS
#define REPLAYS 0
#endif
#ifndef RECEIVES
#define RECEIVES 1
#endif
#ifndef JOINS
#define JOINS 1
#endif
#define PRODUCER 0
#define CONSUMER 1
#define CLOSER 2
#define JOINER 3
#define WORKERS 4 /* the sweepers, one after the other, have the indexes that follow */

#define FREE 0
#define DRAFT 1
#define READY 2
#define LEASED 3
#define RETURNED 4
#define DEAD 5
#define WORD(g, s, o) (((g) << 6) | ((s) << 3) | (o))
#define GENERATION(w) ((w) >> 6)
#define STATE(w) (((w) >> 3) & 7)
#define OWNER(w) ((w) & 7)
#define WAITS(w) (STATE(w) == READY || STATE(w) == RETURNED)

short word[CELLS];
bool in_order[CELLS]; /* a slot names it */
bit message[CELLS];   /* which message lies in a cell */
bool closed;
bool idles;           /* somebody has seen the queue idle */

#define MESSAGE 0
#define ROOM 1
#define IDLE 2
bool waits[3]; /* for one of these: who is registered sleeps while it is true */

byte crashes = CRASHES, returns = RETURNS;
bool dead[WORKERS + CRASHES + 1];
byte sweepers; /* that died */
byte finished;

bool committed[2], acknowledged[2], dropped[2], held[2];
bool was_idle;

#define STEP(x) atomic { if :: crashes > 0 -> crashes--; goto died :: x fi }
#define CAS(place, from, to, won) if :: place == from -> place = to; won = true :: else -> won = false fi
#define IN_USE(c) (STATE(word[c]) >= DRAFT && STATE(word[c]) <= RETURNED)
#define LET_GO if :: !IN_USE(0) && !IN_USE(CELLS - 1) -> was_idle = true :: else fi
#define HAS_ENDED(c) (acknowledged[message[c]] || dropped[message[c]])

#define NOTIFY(what) STEP(true -> waits[what] = false)

/* After an attempt in vain. */
#define REGISTER_OR_SLEEP(what) \
    if \
    :: !registered -> STEP(true -> waits[what] = true); registered = true \
    :: registered -> STEP(!waits[what] -> registered = false) \
    fi

/* Takes a message that waits, to hold or to drop it: sets `won`, with `cell` and its word `w`, or nothing. */
inline take(self, to_hold) {
    STEP(true ->
        won = false;
        if
        :: in_order[0] && WAITS(word[0]) -> won = true; cell = 0
        :: in_order[CELLS - 1] && WAITS(word[CELLS - 1]) -> won = true; cell = CELLS - 1
        :: else
        fi;
        if
        :: won ->
            w = WORD(GENERATION(word[cell]), LEASED, self);
            word[cell] = w;
            assert(committed[message[cell]] && !HAS_ENDED(cell) && !held[message[cell]]);
            held[message[cell]] = to_hold
        :: else
        fi);
    if :: won -> STEP(true -> in_order[cell] = false) :: else fi
}

/* The message in `cell` goes, by whoever has its word `w`. */
#define DROP \
    CAS(word[cell], w, WORD(GENERATION(w), FREE, 0), won); \
    if :: won -> assert(!HAS_ENDED(cell) && !held[message[cell]]); dropped[message[cell]] = true; LET_GO :: else fi

/* Takes out what waits, if the queue was closed at once. Sets `any`. */
inline drop_if_dropping(self) {
    any = false;
    STEP(true -> x = closed);
    if
    :: x ->
        x = 0;
        do
#ifdef BLIND_DROP
        :: STEP(true -> cell = (in_order[0] && WAITS(word[0]) -> 0 : CELLS - 1); w = word[cell]; won = in_order[cell] && WAITS(w));
           if
           :: won ->
                STEP(true -> in_order[cell] = false);
                STEP(true -> word[cell] = w; DROP);
                any = true
           :: else -> break
           fi
#else
        :: take(self, false);
           if
           :: won -> STEP(true -> DROP); any = true
           :: else -> break
           fi
#endif
        od
    :: else
    fi;
    cell = 0; w = 0; won = false
}

/* Sets `idle` if nothing is in use: two looks at all words have to agree. */
inline look_whether_idle() {
    do
    :: cell = 0; now = 0; idle = true;
       do
       :: cell < CELLS && idle -> STEP(true -> if :: IN_USE(cell) -> idle = false :: else -> now = now + GENERATION(word[cell]) fi); cell++
       :: else -> break
       od;
#ifdef ONE_LOOK
       break
#else
       if
       :: !idle || CELLS == 1 || now + 1 == sum -> break
       :: else -> sum = now + 1
       fi
#endif
    od;
    sum = 0; now = 0; cell = 0
}

inline notify_if_idle() {
    STEP(true -> x = waits[IDLE]);
    if
    :: x ->
        x = 0;
        look_whether_idle();
        if
        :: idle ->
            STEP(true -> assert(was_idle); idles = true);
            NOTIFY(IDLE)
        :: else
        fi
    :: else
    fi;
    idle = false
}

/* Puts the message in `cell` into the order. */
inline commit() { STEP(true -> assert(!in_order[cell]); in_order[cell] = true; committed[message[cell]] = true) }

#define LOCALS byte cell, sum, now; short w; bool won, x, any, idle, registered
#define FORGET cell = 0; sum = 0; now = 0; w = 0; won = false; x = false; any = false; idle = false; registered = false

proctype producer() {
    LOCALS;
    do
    :: STEP(true -> x = closed);
       if
       :: x -> break /* the put fails */
       :: else
       fi;
       STEP(true -> cell = (STATE(word[0]) == FREE -> 0 : CELLS - 1); won = STATE(word[cell]) == FREE;
            if :: won -> w = WORD(GENERATION(word[cell]) + 1, DRAFT, PRODUCER); word[cell] = w; message[cell] = 1 :: else fi);
       if
       :: won ->
            w = WORD(GENERATION(w), READY, PRODUCER); won = false;
            STEP(true -> word[cell] = w);
            commit();
#ifndef NO_LOOK_AFTER_PUT
            STEP(true -> x = closed);
            if
            :: x ->
                x = 0;
                STEP(true -> CAS(word[cell], w, WORD(GENERATION(w), LEASED, PRODUCER), won));
                if
                :: won -> /* nobody has it: the put fails */
                    w = WORD(GENERATION(w), LEASED, PRODUCER);
                    STEP(true -> if :: word[cell] == w -> in_order[cell] = false :: else fi);
                    STEP(true -> DROP);
                    cell = 0; w = 0; won = false;
                    NOTIFY(ROOM);
                    notify_if_idle();
                    break
                :: else
                fi
            :: else
            fi;
#endif
            cell = 0; w = 0;
            NOTIFY(MESSAGE);
            break
       :: else ->
            cell = 0;
            REGISTER_OR_SLEEP(ROOM)
       fi
    od;
    goto finish;
died:
    atomic { dead[PRODUCER] = true; FORGET };
    !dead[PRODUCER];
finish:
    atomic { finished++; FORGET }
}

/* In the producer's place: message 1 is a dead letter. */
proctype replayer() {
    LOCALS;
    STEP(true -> w = word[cell]);
    /* Nobody else replays or drops it; for that see lease_expiry.pml. */
    STEP(true -> word[cell] = WORD(GENERATION(w) + 1, RETURNED, PRODUCER); committed[1] = true);
    w = 0;
    commit();
    cell = 0;
    NOTIFY(MESSAGE);
#ifndef NO_DROP_BY_RETURN
    drop_if_dropping(PRODUCER);
    if
    :: any ->
        NOTIFY(ROOM);
        notify_if_idle()
    :: else
    fi;
#endif
    goto finish;
died:
    atomic { dead[PRODUCER] = true; FORGET };
    !dead[PRODUCER];
finish:
    atomic { finished++; FORGET }
}

proctype consumer() {
    LOCALS;
    do
    :: STEP(true -> x = closed);
       if
       :: x ->
            x = 0;
            drop_if_dropping(CONSUMER);
            if :: any -> notify_if_idle() :: else fi;
            break /* the receive fails */
       :: else -> take(CONSUMER, true)
       fi;
       if
       :: won ->
            registered = false; won = false;
            if
            :: STEP(true ->
                    assert(word[cell] == w && !HAS_ENDED(cell));
                    held[message[cell]] = false;
                    acknowledged[message[cell]] = true;
                    word[cell] = WORD(GENERATION(w), FREE, 0);
                    LET_GO);
               cell = 0; w = 0;
               NOTIFY(ROOM);
               notify_if_idle()
            :: returns > 0 ->
                STEP(true ->
                    returns--;
                    assert(word[cell] == w && !HAS_ENDED(cell));
                    held[message[cell]] = false;
                    word[cell] = WORD(GENERATION(w) + 1, RETURNED, CONSUMER));
                w = 0;
                commit();
                cell = 0;
                NOTIFY(MESSAGE);
#ifndef NO_DROP_BY_RETURN
                drop_if_dropping(CONSUMER);
                if
                :: any ->
                    any = false;
                    NOTIFY(ROOM);
                    notify_if_idle()
                :: else
                fi
#endif
            fi;
            if
            :: break /* one is enough for it */
            :: true
            fi
       :: else -> REGISTER_OR_SLEEP(MESSAGE)
       fi
    od;
    goto finish;
died:
    atomic { dead[CONSUMER] = true; FORGET };
    !dead[CONSUMER];
finish:
    atomic { finished++; FORGET }
}

proctype closer() {
    LOCALS;
begin:
    STEP(true -> closed = true);
    NOTIFY(MESSAGE);
    NOTIFY(ROOM);
    drop_if_dropping(CLOSER);
    notify_if_idle();
    goto finish;
died:
    atomic { dead[CLOSER] = true; FORGET };
    !dead[CLOSER];
    if
    :: !closed -> goto begin /* somebody else */
    :: else
    fi;
finish:
    atomic { finished++; FORGET }
}

proctype joiner() {
    LOCALS;
    do
    :: drop_if_dropping(JOINER);
       if
       :: any ->
            any = false;
            NOTIFY(ROOM);
            notify_if_idle()
       :: else
       fi;
       STEP(true -> x = idles);
       if
       :: x -> break
       :: else -> look_whether_idle()
       fi;
       if
       :: idle -> assert(was_idle); break
       :: else -> REGISTER_OR_SLEEP(IDLE)
       fi
    od;
    goto finish;
died:
    atomic { dead[JOINER] = true; FORGET };
    !dead[JOINER];
finish:
    atomic { finished++; FORGET }
}

#define COLLECTED (OWNER(seen) == p && STATE(seen) >= DRAFT && STATE(seen) <= RETURNED)
#define FORGET_SWEEP p = 0; me = 0; i = 0; seen = 0; named = false; FORGET

/* It collects and clears a cell before it looks at the next; the code goes over all cells in each of these steps. */
proctype sweeper() {
    byte p, i, me;
    short seen;
    bool named;
    LOCALS;
begin:
    me = WORKERS + sweepers;
    do
    :: atomic { finished == WORKERS && !dead[0] && !dead[1] && !dead[2] && !dead[3] && !dead[4] && !dead[WORKERS + CRASHES - 1] -> break }
    :: atomic {
            if :: dead[0] -> p = 0 :: dead[1] -> p = 1 :: dead[2] -> p = 2 :: dead[3] -> p = 3 :: dead[4] -> p = 4
               :: dead[WORKERS + CRASHES - 1] -> p = WORKERS + CRASHES - 1 fi;
            i = 0
        }
        do
        :: i < CELLS ->
            STEP(true -> seen = word[i]; if :: !COLLECTED -> seen = 0 :: else fi);
            if
            :: STATE(seen) != FREE ->
                STEP(true -> named = in_order[i]);
                if
                :: named && STATE(seen) == LEASED -> STEP(true -> if :: word[i] == seen -> in_order[i] = false :: else fi); named = false
                :: else
                fi
            :: else
            fi;
            if
            :: STATE(seen) == DRAFT || (STATE(seen) == READY && !named) ->
                STEP(true -> CAS(word[i], seen, WORD(GENERATION(seen), FREE, 0), x); LET_GO); x = false
            :: STATE(seen) == LEASED ->
                STEP(true ->
                    assert(word[i] == seen);
                    seen = WORD(GENERATION(seen) + 1, RETURNED, p);
                    word[i] = seen;
                    held[message[i]] = false)
            :: else
            fi;
            if
            :: STATE(seen) == RETURNED && !named ->
                STEP(true -> x = (word[i] == seen));
                if :: x -> x = 0; cell = i; commit(); cell = 0 :: else fi
            :: else
            fi;
            i++; seen = 0; named = false
        :: else -> i = 0; break
        od;
#ifndef NO_DROP_IN_SWEEP
        drop_if_dropping(me);
        any = false;
#endif
#ifndef NO_WAKE_IN_SWEEP
        NOTIFY(MESSAGE);
        NOTIFY(ROOM);
        NOTIFY(IDLE);
#endif
        STEP(true -> dead[p] = false; p = 0)
    od;
    goto finish;
died: /* its lock is free again, and somebody else begins anew */
    atomic { dead[me] = true; sweepers++; FORGET_SWEEP; goto begin };
finish: /* all is quiet */
    skip;
    d_step {
        assert(closed);
        for (i : 0 .. CELLS - 1) { assert(STATE(word[i]) == FREE || (STATE(word[i]) == DEAD && !committed[message[i]])) }
        for (i : 0 .. 1) {
            assert(!committed[i] || acknowledged[i] || dropped[i]);
            assert(!(acknowledged[i] && dropped[i]));
            assert(!held[i])
        }
        i = 0
    }
}

init {
    atomic {
        committed[0] = true;
        word[CELLS - 1] = WORD(1, READY, PRODUCER);
        in_order[CELLS - 1] = true;
        finished = (1 - PUTS - REPLAYS) + (1 - RECEIVES) + (1 - JOINS);
#if REPLAYS
        word[0] = WORD(1, DEAD, 0);
        message[0] = 1;
        run replayer();
#endif
#if PUTS
        run producer();
#endif
#if RECEIVES
        run consumer();
#endif
#if JOINS
        run joiner();
#endif
        run closer();
        run sweeper()
    }
}
