/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * Leases of the queue between processes that end against their holder's will (docs/decisions/0001-fifo-queue-protocol.md),
 * as spin checks them. How messages come into the queue, and cells are used again, is fifo_queue.pml's: here is one
 * message, in one cell, and what becomes of it.
 *
 *   holder 0 ─┐  receive, with a limit or without, extend, ack, release, reject          ┌─▶ acknowledged, once
 *   holder 1 ─┴───────────────▶ word, note, slots ──────────────────────────────────▶ ───┤
 *                                 ▲         ▲                                            └─▶ dead letter ──▶ replayed, dropped
 *   operators: expire, evict, ────┘         └─── sweeper of the dead (it may die too)
 *              replay, drop
 *
 * The order among the slots does not matter here: who takes looks at the first that is full, who puts at the first that is empty. Every read, write and compare-and-swap of shared memory is one step; any party may be overtaken or die there. Time moves
 * on whenever it likes. That a message was delivered often enough is left open: whoever ends a lease chooses.
 *
 * Asserted: nobody takes a message from a living holder whose limit has not passed, but by eviction; the message is
 * acknowledged at most once, by who holds it; a lease whose limit is in place has its note; nobody but the holder of a lease
 * ends it and succeeds; when all is quiet and the dead are swept, the message waits in exactly one slot, is a dead
 * letter, or is done.
 *
 * A model that cannot fail proves nothing: with one of these the protocol lacks a part, and spin must object.
 *   NO_NEW_GENERATION   extend leaves the generation as it is: who has read the old limit wins with it
 *   BLIND_LIMIT         a holder stores TIMED, once its note is written, instead of exchanging its word for it
 *   EXTENDING_IS_NONE   a sweep does not take a message from who died while he extended its lease
 *   BLIND_NOTE          a holder writes its note without looking whether it still holds the message
 *   BLIND_SWEEP         the sweep stores the word of a lease instead of exchanging it
 *   BLIND_CLEAR         an eviction or a sweep clears a slot without looking whether the lease is still that one
 *   NO_CLEAR            an eviction or a sweep clears no slot
 *   BLIND_REPLAY        a replay stores the word of a dead letter instead of exchanging it
 *   SLOT_FIRST          a replay puts the message into a slot before it changes the word
 *   NOBODY_S_REPLAY     the word of a replayed message does not say who is to put it into a slot
 *   BLIND_REQUEUE       a sweep puts what is RETURNED into a slot without looking whether one names it
 */
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef TAKES
#define TAKES 2
#endif
#ifndef EXTENDS
#define EXTENDS 1
#endif
#ifndef EVICTIONS
#define EVICTIONS 1
#endif
#ifndef REPLAYS
#define REPLAYS 1
#endif
#ifndef ROUNDS /* of the operator */
#define ROUNDS 2
#endif
#ifndef TIME
#define TIME 1
#endif
#ifndef HOLDERS
#define HOLDERS 2
#endif
#ifndef OPERATORS
#define OPERATORS 1
#endif
#ifndef BEGINS_AS /* or DEAD: a dead letter, in no slot */
#define BEGINS_AS READY
#endif
#define SLOTS 2
#define WORKERS (2 + OPERATORS) /* holders 0 and 1, and operators */
#define NOT_ONE_OF_THEM 7

#define FREE 0
#define READY 1
#define LEASED 2
#define TIMED 3
#define EXTENDING 4
#define RETURNED 5
#define DEAD 6
#define WORD(g, s, o) (((g) << 6) | ((s) << 3) | (o))
#define GENERATION(w) ((w) >> 6)
#define STATE(w) (((w) >> 3) & 7)
#define OWNER(w) ((w) & 7)
#define IS_LEASE(w) (STATE(w) >= LEASED && STATE(w) <= EXTENDING)
#define NOTE(value, g) (((g) << 3) | (value))
#define VALUE(n) ((n) & 7)
#define TAG(n) ((n) >> 3)
#define PID 7
#define SLOT(lap, full) (((lap) << 1) | (full))
#define LAP(s) ((s) >> 1)
#define FULL(s) ((s) & 1)

short word = WORD(1, BEGINS_AS, NOT_ONE_OF_THEM);
short note;
byte slot[SLOTS];

byte now;
byte crashes = CRASHES, takes = TAKES, extends = EXTENDS, evictions = EVICTIONS, replays = REPLAYS;
bool dead[4];
byte finished;

bool done;           /* acknowledged or dropped */
byte promised[2];    /* to a holder: its lease lasts until then; 0: it has none, or no limit is in place yet */

#define STEP(x) atomic { if :: crashes > 0 -> crashes--; goto died :: x fi }
#define CAS(place, from, to, won) if :: place == from -> place = to; won = true :: else -> won = false fi

/* Looks at the message that slot `i`, which had `s`, names, if it names one. Sets `found` if it can be taken, and `w` then; clears the slot
 * if the message is taken already. */
inline look_at_slot() {
    found = false;
    if
    :: FULL(s) ->
        STEP(true -> v = word);
        STEP(true -> won = slot[i] == s);
        if
        :: won && (STATE(v) == READY || STATE(v) == RETURNED) -> found = true
        :: won && STATE(v) != READY && STATE(v) != RETURNED -> STEP(true -> CAS(slot[i], s, SLOT(LAP(s) + 1, 0), won))
        :: else
        fi;
        won = false
    :: else
    fi
}

/* Puts the message, which is RETURNED, into some slot. */
inline commit() {
    won = false;
    do
    :: won -> break
    :: else ->
        STEP(true -> i = (FULL(slot[0]) -> 1 : 0); s = slot[i]);
        look_at_slot();
        if
        :: !FULL(s) -> STEP(true -> CAS(slot[i], s, SLOT(LAP(s), 1), won))
        :: FULL(s) && found -> assert(word != v) /* it is in a slot already */
        :: else
        fi
    od;
    v = 0
}

/* Ends the lease `w`: back into the order, as `as`'s, or to the dead letters. Sets `ended`. */
inline end_lease(w, as, allowed) {
    STEP(true -> n = note);
    atomic { if :: target = WORD(GENERATION(w) + 1, RETURNED, as) :: target = WORD(GENERATION(w) + 1, DEAD, 0) fi };
    STEP(true ->
        CAS(word, w, target, ended);
        if :: ended -> assert(allowed); promised[OWNER(w)] = 0 :: else fi);
    if
    :: ended && STATE(target) == DEAD ->
        STEP(true -> if :: note == n -> note = NOTE(PID, GENERATION(target)) :: else fi)
    :: ended && STATE(target) == RETURNED -> commit()
    :: else
    fi
}

/* Clears every slot that names the message while it has the word `w`. */
inline reconcile(w) {
    i = 0;
    do
    :: i < SLOTS ->
        STEP(true -> s = slot[i]);
        if
        :: FULL(s) && STATE(w) != LEASED -> named = true
        :: FULL(s) && STATE(w) == LEASED ->
#ifdef BLIND_CLEAR
            v = w;
#else
            STEP(true -> v = word);
#endif
#ifndef NO_CLEAR
            if
            :: v == w -> STEP(true -> CAS(slot[i], s, SLOT(LAP(s) + 1, 0), won); won = false)
            :: else
            fi
#endif
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0; v = 0; s = 0
}

/* Writes the note about the message, which the caller holds by `mine`. Sets `won`. */
inline write_note(limit) {
    won = false;
#ifdef BLIND_NOTE
    STEP(true -> note = NOTE(limit, GENERATION(mine)); won = true);
#else
    do
    :: won -> break
    :: else ->
        STEP(true -> n = note);
        STEP(true -> v = word);
        if
        :: v != mine -> break
        :: else -> STEP(true -> CAS(note, n, NOTE(limit, GENERATION(mine)), won))
        fi
    od;
#endif
    v = 0; n = 0
}

/* From LEASED or EXTENDING, whose word is `mine`, to TIMED. Sets `won`. */
inline put_limit_in_place() {
    atomic { limit = now + 1 };
    write_note(limit);
    if
    :: won ->
        STEP(true ->
#ifdef BLIND_LIMIT
            word = WORD(GENERATION(mine), TIMED, me);
#else
            CAS(word, mine, WORD(GENERATION(mine), TIMED, me), won);
#endif
            if :: won -> mine = word; promised[me] = limit; assert(TAG(note) == GENERATION(mine)) :: else fi)
    :: else
    fi
}

#define FORGET s = 0; i = 0; w = 0; v = 0; n = 0; target = 0; mine = 0; limit = 0; won = 0; ended = 0; named = 0; found = 0

proctype holder(byte me) {
    byte s, i, limit;
    short w, v, n, target, mine;
    bool won, ended, named, found;
begin:
    do
    :: atomic { takes == 0 || done -> goto finish }
    :: atomic { goto finish }
    :: atomic { takes > 0 && !done -> won = false }
        STEP(true -> i = (FULL(slot[0]) -> 0 : 1); s = slot[i]);
        look_at_slot(); /* receive, or nothing is there */
        if
        :: found && takes > 0 ->
            STEP(true ->
                CAS(word, v, WORD(GENERATION(v), LEASED, me), won);
                if :: won -> mine = word; takes = (takes > 0 -> takes - 1 : 0) :: else fi);
            if
            :: won -> STEP(true -> if :: slot[i] == s -> slot[i] = SLOT(LAP(s) + 1, 0) :: else fi)
            :: else
            fi
        :: else
        fi;
        atomic { s = 0; i = 0; v = 0; found = 0 };
        if
        :: won -> /* held, by `mine`: with a limit or without */
            if
            :: put_limit_in_place()
            :: won = true
            fi;
            do
            :: !won -> break /* lost */
            :: won && STATE(mine) == TIMED && extends > 0 ->
                extends--;
#ifdef NO_NEW_GENERATION
                target = WORD(GENERATION(mine), EXTENDING, me);
#else
                target = WORD(GENERATION(mine) + 1, EXTENDING, me);
#endif
                STEP(true -> CAS(word, mine, target, won); if :: won -> mine = target :: else fi);
                target = 0;
                if
                :: won -> put_limit_in_place()
                :: else
                fi
            :: won -> /* ack */
                STEP(true ->
                    CAS(word, mine, WORD(GENERATION(mine), FREE, 0), won);
                    if :: won -> assert(!done); done = true; promised[me] = 0 :: else fi);
                break
            :: won -> /* release or reject */
                end_lease(mine, me, OWNER(mine) == me);
                break
            od
        :: else
        fi;
        atomic { FORGET }
    od;
died:
    atomic { dead[me] = true; promised[me] = 0; FORGET };
    !dead[me] -> goto begin;
finish:
    atomic { finished++; FORGET }
}

proctype operator(byte me) {
    byte s, i, p, rounds, limit;
    short w, v, n, target, mine;
    bool won, ended, named, found;
begin:
    do
    :: atomic { rounds == ROUNDS -> goto finish }
    :: atomic { rounds < ROUNDS -> rounds++ }
        STEP(true -> w = word);
        if
        :: STATE(w) == TIMED || STATE(w) == EXTENDING -> /* expire */
            STEP(true -> n = note);
            if
            :: (TAG(n) == GENERATION(w) || STATE(w) == EXTENDING && TAG(n) == GENERATION(w) - 1) && VALUE(n) <= now ->
                end_lease(w, me, promised[OWNER(w)] <= now)
            :: !(TAG(n) == GENERATION(w) || STATE(w) == EXTENDING && TAG(n) == GENERATION(w) - 1) ->
                STEP(true -> assert(word != w)) /* a limit that is in place has its note */
            :: else
            fi
        :: IS_LEASE(w) && evictions > 0 ->
            evictions--;
            p = OWNER(w);
            reconcile(w);
            end_lease(w, me, true);
            if
            :: !ended ->
                STEP(true -> w = word);
                if
                :: IS_LEASE(w) && OWNER(w) == p && STATE(w) != LEASED -> end_lease(w, me, true)
                :: else
                fi
            :: else
            fi
        :: STATE(w) == DEAD && replays > 0 ->
            replays--;
#if defined(SLOT_FIRST)
            commit();
            STEP(true -> CAS(word, w, WORD(GENERATION(w) + 1, RETURNED, me), won))
#elif defined(BLIND_REPLAY)
            STEP(true -> word = WORD(GENERATION(w) + 1, RETURNED, me));
            commit()
#elif defined(NOBODY_S_REPLAY)
            STEP(true -> CAS(word, w, WORD(GENERATION(w) + 1, RETURNED, NOT_ONE_OF_THEM), won));
            if :: won -> commit() :: else fi
#else
            STEP(true -> CAS(word, w, WORD(GENERATION(w) + 1, RETURNED, me), won));
            if :: won -> commit() :: else fi
#endif
        :: STATE(w) == DEAD -> /* drop */
            STEP(true ->
                CAS(word, w, WORD(GENERATION(w), FREE, 0), won);
                if :: won -> assert(!done); done = true :: else fi)
        :: else
        fi;
        atomic { p = 0; FORGET }
    od;
died:
    atomic { dead[me] = true; p = 0; FORGET };
    !dead[me] -> goto begin;
finish:
    atomic { finished++; p = 0; rounds = 0; FORGET }
}

proctype sweeper() {
    byte s, i, p, limit;
    short w, v, n, target, mine;
    bool won, ended, named, found;
begin:
    do
    :: atomic { finished == WORKERS && !dead[0] && !dead[1] && !dead[2] && !dead[3] -> goto finish }
    :: atomic { if :: dead[0] -> p = 0 :: dead[1] -> p = 1 :: dead[2] -> p = 2 :: dead[3] -> p = 3 fi }
        STEP(true -> w = word);
        if
#ifdef EXTENDING_IS_NONE
        :: OWNER(w) == p && STATE(w) >= LEASED && STATE(w) <= RETURNED && STATE(w) != EXTENDING ->
#else
        :: OWNER(w) == p && STATE(w) >= LEASED && STATE(w) <= RETURNED ->
#endif
            reconcile(w);
#ifdef BLIND_REQUEUE
            named = false;
#endif
            if
            :: STATE(w) == RETURNED && !named ->
                STEP(true -> v = word);
                if :: v == w -> commit() :: else fi
            :: IS_LEASE(w) ->
#ifdef BLIND_SWEEP
                STEP(true -> word = WORD(GENERATION(w) + 1, RETURNED, p));
                commit()
#else
                end_lease(w, p, true)
#endif
            :: else
            fi
        :: else
        fi;
        STEP(true -> dead[p] = false);
        atomic { p = 0; FORGET }
    od;
died: /* its lock is free again, and somebody else begins anew */
    atomic { p = 0; FORGET; goto begin };
finish: /* all is quiet */
    skip;
    d_step {
        p = 0;
        for (i : 0 .. SLOTS - 1) {
            if :: FULL(slot[i]) && !done && (STATE(word) == READY || STATE(word) == RETURNED) -> p++ :: else fi
        }
        if
        :: STATE(word) == READY || STATE(word) == RETURNED -> assert(p == 1 && !done)
        :: STATE(word) == DEAD -> assert(!done)
        :: else -> assert(STATE(word) == FREE && done)
        fi
    }
}

proctype clock() {
    do
    :: atomic { now < TIME -> now++ }
    :: atomic { break }
    od
}

init {
    atomic {
        slot[0] = SLOT(0, BEGINS_AS == READY);
        finished = 2 - HOLDERS;
        run holder(0);
#if HOLDERS > 1
        run holder(1);
#endif
        run operator(2);
#if OPERATORS > 1
        run operator(3);
#endif
        run sweeper();
        run clock()
    }
}
