/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * The queues between processes whose order has a lock (docs/decisions/0011-orders-under-a-lock.md), as spin checks them.
 *
 *   producer 0 ─┐                                   ┌─ consumer 2     receive, then ack or return
 *   producer 1 ─┴─▶ words and keys (heap, lock) ──▶ ┴─ consumer 3
 *                        ▲
 *                    sweeper (one at a time; it may die too; it takes no lock)
 *                    evictor 4: takes leases from those who live
 *
 * Every read, write and compare-and-swap of shared memory is one step, before which its party may be overtaken for as long
 * as one likes, or die (CRASHES of them do), within the lock too. The lock is robust: the kernel marks that of a dead holder,
 * and whoever locks next is told. A party that does not get the lock may give up waiting for it whenever somebody has it.
 * The heap is the set of the cells that it names; while it is being changed it is torn, and its order means nothing.
 * One producer puts (and may meet a close, and take back), the other sends, which does not wait for the lock. What a put
 * takes back is a lease for a moment, and may be evicted like any: then it was put after all.
 *
 * Asserted: nobody uses a torn heap; only committed messages are taken, by one holder at a time,
 * none before an older one that was put and not sent; each is
 * acknowledged at most once; when all is quiet and the dead are swept, a heap that is said to be whole names exactly what
 * waits, every committed message was acknowledged or waits once, and every other cell is free.
 *
 * A model that cannot fail proves nothing: with one of the macros below the protocol lacks a part, and spin must object.
 *   NO_RECOVERY          who locks after a dead holder takes the heap as it is
 *   NO_MARK_BY_RETURN    a return that does not get the lock does not say that the heap is outdated
 *   NO_MARK_BY_SWEEP     neither does a sweep
 *   NO_MARK_BY_TAKE_BACK neither does a put that takes its message back
 *   LATE_WHOLE           who has made the heap says that it is whole, whatever was said meanwhile
 *   BLIND_TAKE_BACK      a put that takes its message back stores the last word instead of exchanging it
 *   BLIND_ACK            so does an acknowledgement
 *   NO_MARK_BY_EVICTION  an eviction does not say that the heap is outdated, and does not get the lock
 *   NO_LOOK_AT_WORD      a return puts its message into the heap even if it was taken from there meanwhile
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
#ifndef TAKE_BACKS
#define TAKE_BACKS 0
#endif
#ifndef EVICTIONS
#define EVICTIONS 0
#endif
#define EVICTOR 4
#define WORKERS (4 + (EVICTIONS > 0))
#define MESSAGES (PUTS0 + PUTS1)

#define FREE 0
#define DRAFT 1
#define READY 2
#define LEASED 3
#define RETURNED 4
#define WORD(g, s, o) (((g) << 6) | ((s) << 3) | (o))
#define GENERATION(w) ((w) >> 6)
#define STATE(w) (((w) >> 3) & 7)
#define OWNER(w) ((w) & 7)
#define WAITS(w) (STATE(w) == READY || STATE(w) == RETURNED)

#define WHOLE 0
#define OUTDATED 1
#define BEING_MADE 2

#define NOBODY 6 /* has the lock */
#define DIED 7   /* its holder has died */

short word[CELLS];
byte key[CELLS];
bool in_heap[CELLS];
bool torn;
byte heap_is;
byte lock = NOBODY;
byte puts;               /* sequence numbers given out */

byte bytes[CELLS];       /* what lies in a cell: message number + 1 */
bool dead[5];            /* died, and not swept yet */
byte crashes = CRASHES;
byte finished;
byte returns = RETURNS;
byte take_backs = TAKE_BACKS;
byte evictions = EVICTIONS;
byte putting[2];         /* how many messages each producer has begun */
bool committed[MESSAGES];
bool acknowledged[MESSAGES];
bool held[MESSAGES];

/* One step of a worker or of the sweeper, before which it may die instead. */
#define STEP(x) atomic { if :: crashes > 0 -> crashes--; goto died :: x fi }
#define CAS(place, from, to, won) if :: place == from -> place = to; won = true :: else -> won = false fi

/* Locks, if need be recovers, and leaves a heap that is whole. Sets `locked`, unless it gave up waiting. */
inline enter() {
    STEP(lock == NOBODY || lock == DIED -> locked = true; inherited = (lock == DIED); lock = me
         :: lock != NOBODY && lock != DIED -> locked = false; inherited = false);
#ifndef NO_RECOVERY
    if :: locked && inherited -> STEP(true -> heap_is = OUTDATED) :: else fi;
#endif
    if
    :: locked ->
        STEP(true -> made = heap_is);
        if
        :: made != WHOLE ->
            STEP(true -> heap_is = BEING_MADE; torn = true);
            made = 0;
            do
            :: made < CELLS -> STEP(true -> in_heap[made] = WAITS(word[made])); made++
            :: else -> break
            od;
            STEP(true -> torn = false);
#ifdef LATE_WHOLE
            STEP(true -> heap_is = WHOLE)
#else
            STEP(true -> if :: heap_is == BEING_MADE -> heap_is = WHOLE :: else fi)
#endif
        :: else
        fi
    :: else
    fi;
    made = 0; inherited = false
}

inline insert() {
    STEP(true -> assert(!torn); if :: !in_heap[cell] -> torn = true :: else fi);
    STEP(true -> in_heap[cell] = true; torn = false)
}

#define FORGET cell = 0; mine = 0; w = 0; won = false; locked = false; inherited = false; made = 0

proctype producer(byte me; byte count; bool sends) {
    byte cell, mine, made;
    short w;
    bool won, locked, inherited;
begin:
    do
    :: atomic { putting[me] == count -> goto finish }
    :: atomic { putting[me] < count -> mine = me * PUTS0 + putting[me]; putting[me]++; won = false }
        do /* claim a cell, or give up */
        :: won -> break
        :: else ->
            atomic { if :: cell = 0 :: CELLS > 1 -> cell = CELLS - 1 fi }
            STEP(true -> w = word[cell]);
            if
            :: STATE(w) != FREE -> atomic { goto finish }
            :: else -> STEP(true -> CAS(word[cell], w, WORD(GENERATION(w) + 1, DRAFT, me), won))
            fi
        od;
        STEP(true -> bytes[cell] = mine + 1);
        w = word[cell];
        enter();
        if
        :: !locked && !sends -> /* held up: the waiting forms try again, which is another put */
            STEP(true -> word[cell] = WORD(GENERATION(w), FREE, 0))
        :: locked || sends ->
            STEP(true -> key[cell] = puts; puts++);
            STEP(true -> word[cell] = WORD(GENERATION(w), READY, me); committed[mine] = true);
            if
            :: locked ->
                insert();
                STEP(true -> lock = NOBODY)
            :: else -> STEP(true -> heap_is = OUTDATED)
            fi;
            if
            :: !sends && take_backs > 0 -> /* the queue was closed meanwhile */
                STEP(true -> take_backs = (take_backs > 0 -> take_backs - 1 : 0);
                     CAS(word[cell], WORD(GENERATION(w), READY, me), WORD(GENERATION(w), LEASED, me), won);
                     if :: won -> committed[mine] = false :: else fi);
                if
                :: won ->
#ifndef NO_MARK_BY_TAKE_BACK
                    STEP(true -> heap_is = OUTDATED);
#endif
#ifdef BLIND_TAKE_BACK
                    STEP(true -> word[cell] = WORD(GENERATION(w), FREE, 0))
#else
                    STEP(true -> CAS(word[cell], WORD(GENERATION(w), LEASED, me), WORD(GENERATION(w), FREE, 0), won))
#endif
                :: else
                fi
            :: true
            fi
        fi;
        atomic { FORGET }
    od;
died:
    atomic { dead[me] = true; if :: lock == me -> lock = DIED :: else fi; FORGET };
    !dead[me] -> goto begin; /* swept: somebody else takes the index */
finish:
    atomic { finished++; FORGET }
}

/* The oldest that the heap names into `cell`; won tells whether there is one. */
inline first_of_heap() {
    assert(!torn);
    won = false;
    cell = 0;
    if
    :: in_heap[0] -> won = true
    :: else
    fi;
    if
    :: CELLS > 1 && in_heap[CELLS - 1] && (!won || key[CELLS - 1] < key[0]) -> won = true; cell = CELLS - 1
    :: else
    fi
}

proctype consumer(byte me) {
    byte cell, mine, made;
    short w;
    bool won, locked, inherited;
begin:
    do
    :: atomic { goto finish } /* a consumer may leave when it likes */
    :: true ->
        enter();
        if
        :: locked ->
            STEP(true -> first_of_heap());
            if
            :: won ->
                STEP(true -> w = word[cell]);
                won = false;
                if
                :: WAITS(w) ->
                    STEP(true -> CAS(word[cell], w, WORD(GENERATION(w), LEASED, me), won);
                         if
                         :: won ->
                            mine = bytes[cell] - 1;
                            assert(committed[mine] && !acknowledged[mine] && !held[mine]);
                            assert(heap_is != WHOLE || CELLS == 1 || STATE(word[CELLS - 1 - cell]) != READY ||
                                   OWNER(word[CELLS - 1 - cell]) == 1 || key[CELLS - 1 - cell] > key[cell]);
                            held[mine] = true
                         :: else
                         fi)
                :: else
                fi;
                STEP(true -> torn = true);
                STEP(true -> in_heap[cell] = false; torn = false)
            :: else
            fi;
            STEP(true -> lock = NOBODY);
            if
            :: won ->
                w = WORD(GENERATION(w), LEASED, me);
                if
                :: STEP(true ->
#ifdef BLIND_ACK
                        word[cell] = WORD(GENERATION(w), FREE, 0);
#else
                        CAS(word[cell], w, WORD(GENERATION(w), FREE, 0), won);
#endif
                        assert(won || EVICTIONS > 0);
                        if
                        :: won ->
                            assert(bytes[cell] == mine + 1 && !acknowledged[mine]);
                            held[mine] = false;
                            acknowledged[mine] = true
                        :: else /* evicted */
                        fi)
                :: returns > 0 ->
                    STEP(true ->
                        returns = (returns > 0 -> returns - 1 : 0);
                        CAS(word[cell], w, WORD(GENERATION(w) + 1, RETURNED, me), won);
                        assert(won || EVICTIONS > 0);
                        if :: won -> assert(bytes[cell] == mine + 1); held[mine] = false :: else fi);
                    if
                    :: won -> enter()
                    :: else -> goto begin_again /* evicted */
                    fi;
                    if
                    :: locked ->
#ifdef NO_LOOK_AT_WORD
                        won = true;
#else
                        STEP(true -> won = WAITS(word[cell]));
#endif
                        if :: won -> insert() :: else fi;
                        STEP(true -> lock = NOBODY)
                    :: else ->
#ifdef NO_MARK_BY_RETURN
                        skip
#else
                        STEP(true -> heap_is = OUTDATED)
#endif
                    fi
                fi
            :: else
            fi
        :: else
        fi;
begin_again:
        atomic { FORGET }
    od;
died:
    atomic { dead[me] = true; if :: lock == me -> lock = DIED :: else fi; FORGET };
    !dead[me] -> goto begin;
finish:
    atomic { finished++; FORGET }
}

/* In this order: who takes a message that is evicted finds in the heap what named it before, or makes the heap anew. */
proctype evictor(byte me) {
    byte cell, mine, made;
    short w;
    bool won, locked, inherited;
begin:
    do
    :: atomic { goto finish }
    :: evictions > 0 ->
        atomic { evictions--; if :: cell = 0 :: CELLS > 1 -> cell = CELLS - 1 fi };
        STEP(true -> w = word[cell]);
        if
        :: STATE(w) == LEASED ->
#ifndef NO_MARK_BY_EVICTION
            STEP(true -> heap_is = OUTDATED);
#endif
            STEP(true -> CAS(word[cell], w, WORD(GENERATION(w) + 1, RETURNED, me), won);
                 if :: won -> held[bytes[cell] - 1] = false; committed[bytes[cell] - 1] = true :: else fi);
            if
            :: won ->
#ifdef NO_MARK_BY_EVICTION
                skip
#else
                enter();
                if
                :: locked ->
                    STEP(true -> won = WAITS(word[cell]));
                    if :: won -> insert() :: else fi;
                    STEP(true -> lock = NOBODY)
                :: else -> STEP(true -> heap_is = OUTDATED)
                fi
#endif
            :: else
            fi
        :: else
        fi;
        atomic { FORGET }
    od;
died:
    atomic { dead[me] = true; if :: lock == me -> lock = DIED :: else fi; FORGET };
    !dead[me] -> goto begin;
finish:
    atomic { finished++; FORGET }
}

proctype sweeper() {
    byte p, i;
    short w;
    bool won, waits;
begin:
    do
    :: atomic { finished == WORKERS && !dead[0] && !dead[1] && !dead[2] && !dead[3] && !dead[4] -> goto finish }
    :: atomic { if :: dead[0] -> p = 0 :: dead[1] -> p = 1 :: dead[2] -> p = 2 :: dead[3] -> p = 3 :: dead[4] -> p = 4 fi; i = 0; waits = false }
        do
        :: i < CELLS ->
            STEP(true -> w = word[i]);
            if
            :: OWNER(w) == p && STATE(w) == DRAFT -> STEP(true -> CAS(word[i], w, WORD(GENERATION(w), FREE, 0), won))
            :: OWNER(w) == p && STATE(w) == LEASED ->
                waits = true;
                STEP(true -> CAS(word[i], w, WORD(GENERATION(w) + 1, RETURNED, p), won);
                     if :: won -> held[bytes[i] - 1] = false; committed[bytes[i] - 1] = true :: else fi)
            :: OWNER(w) == p && WAITS(w) -> waits = true
            :: else
            fi;
            i++
        :: else -> break
        od;
#ifndef NO_MARK_BY_SWEEP
        if :: waits -> STEP(true -> heap_is = OUTDATED) :: else fi;
#endif
        STEP(true -> dead[p] = false);
        atomic { p = 0; i = 0; w = 0; won = false; waits = false }
    od;
died: /* its lock is free again, and somebody else begins anew */
    atomic { p = 0; i = 0; w = 0; won = false; waits = false; goto begin };
finish: /* all is quiet: look at everything, and count */
    skip;
    d_step {
        assert(lock == NOBODY || lock == DIED);
        for (i : 0 .. CELLS - 1) {
            w = word[i];
#ifndef NO_RECOVERY
            assert(lock == DIED || heap_is != WHOLE || (!torn && in_heap[i] == WAITS(w)));
#endif
            if
            :: WAITS(w) ->
                assert(committed[bytes[i] - 1] && !acknowledged[bytes[i] - 1]);
                acknowledged[bytes[i] - 1] = true
            :: else -> assert(STATE(w) == FREE)
            fi
        }
        for (i : 0 .. MESSAGES - 1) { assert(!committed[i] || acknowledged[i]); assert(!held[i]) }
    }
}

init {
    atomic {
        run producer(0, PUTS0, false);
        run producer(1, PUTS1, true);
        run consumer(2);
        run consumer(3);
#if EVICTIONS > 0
        run evictor(EVICTOR);
#endif
        run sweeper()
    }
}
