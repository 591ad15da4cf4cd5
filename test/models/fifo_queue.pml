/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * The FIFO queue between processes (docs/decisions/0001-fifo-queue-protocol.md), as spin checks it.
 *
 *   producer 0 ─┐                          ┌─ consumer 2     receive, then ack or return, as often as they like
 *   producer 1 ─┴─▶ cells and slots ──▶ ───┴─ consumer 3
 *                        ▲
 *                    sweeper (one at a time; it may die too)
 *
 * Every read, write and compare-and-swap of shared memory is one step. The hints, `head` and `tail`, are left out: a party
 * finds the first position that is not done, or not filled, in one step with the slot there. What is done or filled stays
 * so, and a party that begins at an outdated hint and walks on from there finds the same. Any party may be overtaken
 * between two steps for as long as one likes (that is a stop), and may die there (CRASHES of them do). A dead party is swept, and then a new one
 * takes its index. Which free cell a producer tries first is left open, so every cursor is covered.
 *
 * Asserted: only committed messages are taken, by one holder at a time, with the bytes that were put; each is acknowledged
 * at most once; when all is quiet and the dead are swept, every committed message is acknowledged or comes out of a drain
 * exactly once, and then every cell is free. Spin itself reports deadlocks.
 *
 * A model that cannot fail proves nothing: with one of the macros below the protocol lacks a part, and spin must object.
 *   NO_SECOND_LOOK        receive does not read the slot again after the word
 *   NO_CLEAR_BEFORE_ACK   the lease is handed out before the slot is cleared
 *   NO_CLEAR_IN_SWEEP     the sweep returns a leased message without clearing its slot first
 *   NO_NEW_GENERATION     a return leaves the generation as it is
 *   NO_ORIGIN             a body cell is taken for free once the word of its head is of another generation
 */
#ifndef CELLS
#define CELLS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RETURNS
#define RETURNS 1
#endif
#ifndef PUTS0
#define PUTS0 1
#endif
#ifndef PUTS1
#define PUTS1 1
#endif
#ifndef LENGTH1 /* cells per message of producer 1; producer 0 puts messages of one cell */
#define LENGTH1 1
#endif
#define SLOTS (2 * CELLS)
#define WORKERS 4
#define MESSAGES (PUTS0 + PUTS1)

#define FREE 0
#define DRAFT 1
#define READY 2
#define LEASED 3
#define RETURNED 4
#define BODY 5
#define WORD(g, s, o) (((g) << 6) | ((s) << 3) | (o))
#define GENERATION(w) ((w) >> 6)
#define STATE(w) (((w) >> 3) & 7)
#define OWNER(w) ((w) & 7) /* of a BODY: the distance to its head */
#define SLOT(lap, cell) (((lap) << 2) | (cell)) /* cell counts from 1; 0: empty, to be filled in that lap */
#define LAP(s) ((s) >> 2)
#define CELL(s) ((s) & 3)

short word[CELLS];
short origin[CELLS]; /* the generation at which the head of a longer message was claimed */
byte slot[SLOTS];

byte bytes[CELLS];       /* what lies in a cell: message number + 1 */
bool dead[WORKERS];      /* died, and not swept yet */
byte crashes = CRASHES;
byte finished;

byte returns = RETURNS;
byte putting[2];         /* how many messages each producer has begun */
bool committed[MESSAGES];
bool acknowledged[MESSAGES];
bool held[MESSAGES];

#define LENGTH(message) ((message) < PUTS0 -> 1 : LENGTH1)
#define WHOLE(c, message) (bytes[c] == message + 1 && bytes[c + LENGTH(message) - 1] == message + 1)

/* One step of a worker or of the sweeper, before which it may die instead. */
#define STEP(x) atomic { if :: crashes > 0 -> crashes--; goto died :: x fi }
/* Sets at and s to the first position, and its slot, whose message is not taken and cleared; to the first to be filled. */
#define DONE(at) (LAP(slot[(at) % SLOTS]) > (at) / SLOTS)
#define FILLED(at) (LAP(slot[(at) % SLOTS]) == (at) / SLOTS && CELL(slot[(at) % SLOTS]) != 0)
#define AT_HEAD at = 0; do :: DONE(at) -> at++ :: else -> break od; s = slot[at % SLOTS]
#define AT_TAIL at = 0; do :: DONE(at) || FILLED(at) -> at++ :: else -> break od; s = slot[at % SLOTS]
#define CAS(place, from, to, won) if :: place == from -> place = to; won = true :: else -> won = false fi

#ifdef NO_SECOND_LOOK
#define SECOND_LOOK(now) skip
#else
#define SECOND_LOOK(now) now = slot[at % SLOTS]
#endif
#ifdef NO_NEW_GENERATION
#define RETURN_OF(w, who) WORD(GENERATION(w), RETURNED, who)
#else
#define RETURN_OF(w, who) WORD(GENERATION(w) + 1, RETURNED, who)
#endif

/* Clears the first slot that is not done if its message is taken. Sets s; nothing, and taken with w, when there is something to take. */
inline look_at_head() {
    STEP(true -> AT_HEAD);
    again = s;
    if
    :: LAP(s) == at / SLOTS && CELL(s) == 0 -> nothing = true
    :: LAP(s) == at / SLOTS && CELL(s) != 0 ->
        STEP(true -> w = word[CELL(s) - 1]);
        STEP(true -> SECOND_LOOK(again));
        if
        :: again == s && (STATE(w) == READY || STATE(w) == RETURNED) -> found = true
        :: again == s && STATE(w) != READY && STATE(w) != RETURNED ->
            STEP(true -> CAS(slot[at % SLOTS], s, SLOT(LAP(s) + 1, 0), won))
        :: else
        fi
    :: else
    fi
}

/* Puts `cell` into the first slot that is to be filled. `message` is what becomes committed. */
inline commit(message) {
    won = false;
    do
    :: won -> break
    :: else ->
        STEP(true -> AT_TAIL);
        if
        :: s == SLOT(at / SLOTS, 0) ->
            STEP(true -> if
                 :: slot[at % SLOTS] == s -> slot[at % SLOTS] = SLOT(LAP(s), cell + 1); committed[message] = true; won = true
                 :: else -> won = false
                 fi)
        :: else -> /* the ring is full of slots that nobody cleared yet */
            nothing = false; found = false; barred = at;
            look_at_head();
            assert(!found || at + SLOTS != barred); /* a return always finds room */
            barred = 0
        fi
    od
}

/* Reads the word of cell `c` into `w`, and whether the cell may be taken into `usable`. */
inline look_at_cell(c, w) {
    STEP(true -> w = word[c]);
    usable = STATE(w) == FREE;
    if
    :: STATE(w) == BODY ->
#ifdef NO_ORIGIN
        STEP(true -> usable = GENERATION(word[c - OWNER(w)]) != GENERATION(w));
#else
        STEP(true -> usable = origin[c - OWNER(w)] != GENERATION(w));
#endif
        if
        :: !usable -> STEP(true -> usable = STATE(word[c - OWNER(w)]) == FREE || STATE(word[c - OWNER(w)]) == BODY)
        :: else
        fi
    :: else
    fi
}

proctype producer(byte me; byte puts; byte length) {
    byte cell, at, s, again, mine, barred;
    short w, w2, g;
    bool usable, won, nothing, found;
begin:
    do
    :: atomic { putting[me] == puts -> goto finish }
    :: atomic { putting[me] < puts -> mine = me * PUTS0 + putting[me]; putting[me]++; won = false }
        do /* claim cells */
        :: won -> break
        :: else ->
            atomic { if :: cell = 0 :: CELLS > 1 && length == 1 -> cell = CELLS - 1 fi }
            look_at_cell(cell, w);
            if
            :: usable && length == 2 -> look_at_cell(cell + 1, w2)
            :: else -> w2 = 0
            fi;
            if
            :: usable ->
                g = 1 + (GENERATION(w) > GENERATION(w2) -> GENERATION(w) : GENERATION(w2));
                STEP(true -> CAS(word[cell], w, WORD(g, DRAFT, me), won));
                if
                :: won && length == 2 ->
                    STEP(true -> origin[cell] = g);
                    STEP(true -> CAS(word[cell + 1], w2, WORD(g, BODY, 1), won));
                    if
                    :: !won -> STEP(true -> word[cell] = WORD(g, FREE, me))
                    :: else
                    fi
                :: else
                fi
            :: else
            fi;
            /* Full: wait for an ack or a sweep, or give up. */
            if
            :: !won && !usable -> atomic { goto finish }
            :: else
            fi
        od;
        STEP(true -> bytes[cell] = mine + 1);
        if :: length == 2 -> STEP(true -> bytes[cell + 1] = mine + 1) :: else fi;
        STEP(true -> word[cell] = WORD(g, READY, me));
        commit(mine);
        atomic { cell = 0; at = 0; s = 0; again = 0; barred = 0; mine = 0; w = 0; w2 = 0; g = 0; usable = 0; won = 0; nothing = 0; found = 0 }
    od;
died:
    atomic { dead[me] = true; cell = 0; at = 0; s = 0; again = 0; barred = 0; mine = 0; w = 0; w2 = 0; g = 0; usable = 0; won = 0; nothing = 0; found = 0 };
    !dead[me] -> goto begin; /* swept: somebody else takes the index */
finish:
    atomic { finished++; cell = 0; at = 0; s = 0; again = 0; barred = 0; mine = 0; w = 0; w2 = 0; g = 0; usable = 0; won = 0; nothing = 0; found = 0 }
}

proctype consumer(byte me) {
    byte cell, at, s, again, message, barred;
    short w;
    bool won, nothing, found;
begin:
    do
    :: atomic { goto finish } /* a consumer may leave when it likes */
    :: true ->
        found = false;
        do
        :: found -> break
        :: else ->
            nothing = false;
            look_at_head();
            if :: nothing -> break :: else fi
        od;
        if
        :: found ->
            STEP(true -> CAS(word[CELL(s) - 1], w, WORD(GENERATION(w), LEASED, me), won);
                 if
                 :: won ->
                    message = bytes[CELL(s) - 1] - 1;
                    assert(committed[message] && !acknowledged[message] && !held[message]);
                    held[message] = true
                 :: else
                 fi);
            if
            :: won ->
                cell = CELL(s) - 1;
                w = WORD(GENERATION(w), LEASED, me);
#ifndef NO_CLEAR_BEFORE_ACK
                STEP(true -> CAS(slot[at % SLOTS], s, SLOT(LAP(s) + 1, 0), won));
#endif
                if
                :: STEP(true ->
                        assert(WHOLE(cell, message) && word[cell] == w);
                        held[message] = false;
                        acknowledged[message] = true;
                        word[cell] = WORD(GENERATION(w), FREE, 0));
                :: returns > 0 ->
                    STEP(true ->
                        assert(WHOLE(cell, message) && word[cell] == w);
                        returns = (returns > 0 -> returns - 1 : 0);
                        held[message] = false;
                        word[cell] = RETURN_OF(w, me));
                    commit(message)
                fi
            :: else
            fi
        :: else
        fi;
        atomic { cell = 0; at = 0; s = 0; again = 0; barred = 0; message = 0; w = 0; won = 0; nothing = 0; found = 0 }
    od;
died:
    atomic {
        dead[me] = true; cell = 0; at = 0; s = 0; again = 0; barred = 0; message = 0; w = 0; won = 0; nothing = 0; found = 0
    };
    !dead[me] -> goto begin;
finish:
    atomic { finished++; cell = 0; at = 0; s = 0; again = 0; barred = 0; message = 0; w = 0; won = 0; nothing = 0; found = 0 }
}

#define COLLECTED(c) (OWNER(seen[c]) == p && STATE(seen[c]) >= DRAFT && STATE(seen[c]) <= RETURNED)

proctype sweeper() {
    byte p, i, s, at, again, cell, barred;
    short w;
    short seen[CELLS];
    bool named[CELLS];
    bool won, nothing, found;
begin:
    do
    :: atomic { finished == WORKERS && !dead[0] && !dead[1] && !dead[2] && !dead[3] -> goto finish }
    :: atomic { if :: dead[0] -> p = 0 :: dead[1] -> p = 1 :: dead[2] -> p = 2 :: dead[3] -> p = 3 fi; i = 0 }
        do
        :: i < CELLS -> STEP(true -> seen[i] = word[i]; if :: !COLLECTED(i) -> seen[i] = 0 :: else fi); i++
        :: else -> i = 0; break
        od;
        do
        :: i < SLOTS ->
            STEP(true -> s = slot[i]);
            if
            :: CELL(s) != 0 && COLLECTED(CELL(s) - 1) ->
                named[CELL(s) - 1] = true;
#ifndef NO_CLEAR_IN_SWEEP
                if
                :: STATE(seen[CELL(s) - 1]) == LEASED ->
                    STEP(true -> CAS(slot[i], s, SLOT(LAP(s) + 1, 0), won));
                    named[CELL(s) - 1] = false
                :: else
                fi
#endif
            :: else
            fi;
            i++
        :: else -> i = 0; s = 0; break
        od;
        do
        :: i < CELLS ->
            if
            :: COLLECTED(i) && (STATE(seen[i]) == DRAFT || (STATE(seen[i]) == READY && !named[i])) ->
                STEP(true -> CAS(word[i], seen[i], WORD(GENERATION(seen[i]), FREE, 0), won))
            :: COLLECTED(i) && STATE(seen[i]) == LEASED ->
                STEP(true -> word[i] = RETURN_OF(seen[i], p); held[bytes[i] - 1] = false; seen[i] = word[i])
            :: else
            fi;
            if
            :: COLLECTED(i) && STATE(seen[i]) == RETURNED && !named[i] ->
                STEP(true -> w = word[i]);
                if
                :: w == seen[i] -> cell = i; commit(bytes[i] - 1)
                :: else
                fi
            :: else
            fi;
            i++
        :: else -> break
        od;
        STEP(true -> dead[p] = false);
        atomic {
            p = 0; i = 0; s = 0; at = 0; again = 0; barred = 0; cell = 0; w = 0; won = 0; nothing = 0; found = 0; seen[0] = 0; named[0] = 0;
            if :: CELLS > 1 -> seen[CELLS - 1] = 0; named[CELLS - 1] = 0 :: else fi;
            if :: CELLS > 2 -> seen[CELLS / 2] = 0; named[CELLS / 2] = 0 :: else fi
        }
    od;
died: /* its lock is free again, and somebody else begins anew */
    atomic {
        p = 0; i = 0; s = 0; at = 0; again = 0; barred = 0; cell = 0; w = 0; won = 0; nothing = 0; found = 0; seen[0] = 0; named[0] = 0;
        if :: CELLS > 1 -> seen[CELLS - 1] = 0; named[CELLS - 1] = 0 :: else fi;
        if :: CELLS > 2 -> seen[CELLS / 2] = 0; named[CELLS / 2] = 0 :: else fi;
        goto begin
    };
finish: /* all is quiet: drain the queue, and count */
    skip;
    d_step {
        at = 0;
        do
        :: DONE(at) -> at++
        :: FILLED(at) ->
            s = slot[at % SLOTS];
            w = word[CELL(s) - 1];
            if
            :: STATE(w) == READY || STATE(w) == RETURNED ->
                i = bytes[CELL(s) - 1] - 1;
                assert(committed[i] && !acknowledged[i]);
                acknowledged[i] = true;
                word[CELL(s) - 1] = WORD(GENERATION(w), FREE, 0)
            :: else
            fi;
            at++
        :: else -> break /* behind a hole among the committed, something would be left */
        od;
        for (i : 0 .. MESSAGES - 1) { assert(!committed[i] || acknowledged[i]); assert(!held[i]) }
        for (i : 0 .. CELLS - 1) {
            assert(STATE(word[i]) == FREE ||
                   (STATE(word[i]) == BODY && (origin[i - OWNER(word[i])] != GENERATION(word[i]) ||
                                               STATE(word[i - OWNER(word[i])]) == FREE ||
                                               STATE(word[i - OWNER(word[i])]) == BODY)))
        }
    }
}

init {
    atomic {
        run producer(0, PUTS0, 1);
        run producer(1, PUTS1, LENGTH1);
        run consumer(2);
        run consumer(3);
        run sweeper()
    }
}
