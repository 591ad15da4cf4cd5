/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * The waking and the stealing of a thread_pool (runtime/include/plait/runtime/detail/pool_core.hpp), as spin checks it.
 *
 *   submitter ─▶ injection queue ─▶ ┌ worker 0: deque ┐
 *                                   └ worker 1: deque ┘ ◀─ steal from each other
 *
 * Every read and every write of an index, and of the word that counts searchers and sleepers, is one step, in one order
 * for all: they are sequentially consistent in the code. What the code does under a lock is one step here.
 *
 * Two tasks come from outside. The first may block its worker until the second has begun; that brings forth a third on its
 * own worker, and may block that until the third has begun. So it is not enough that some worker comes to the work at some
 * time: one that sleeps while there is work is a stall. Asserted: no task runs twice; when nothing can move any more, all
 * have run.
 *
 * A model that cannot fail proves nothing: with one of the macros below the protocol lacks a part, and spin must object.
 *   NO_SECOND_LOOK   a worker does not look for work again after it has said that it sleeps
 *   NO_CHAIN         the last searcher does not wake another when it finds work
 *   NO_LAST_CAS      the owner takes the last item of its deque without moving `top`
 */
#define WORKERS 2
#define SLOTS 6
#define OTHER (1 - me)

byte inbox[4];
byte pushed = 0, taken = 0;
byte slots[WORKERS * SLOTS];
byte top[WORKERS], bottom[WORKERS];
byte searching = 0, sleeping = 0;
bool idle[WORKERS];
bool ran[4];

inline wake_one() {
    atomic {
        if
        :: searching == 0 && idle[0] -> idle[0] = false; sleeping--; searching++
        :: searching == 0 && idle[1] -> idle[1] = false; sleeping--; searching++
        :: else
        fi
    }
}

inline announce() {
    if
    :: atomic { searching == 0 && sleeping > 0 -> skip }; wake_one()
    :: atomic { !(searching == 0 && sleeping > 0) -> skip }
    fi
}

/* `see` becomes true if there is work in the place where it is looked for. */
inline look_at_inbox() { x = taken; see = (x < pushed) }
inline look_at_deque(w) { x = top[w]; see = (x < bottom[w]) }
inline work_is_visible() {
    look_at_inbox();
    if
    :: see
    :: else ->
        look_at_deque(0);
        if
        :: see
        :: else -> look_at_deque(1)
        fi
    fi
}

inline push_own(t) {
    b = bottom[me];
    slots[me * SLOTS + b] = t;
    bottom[me] = b + 1
}

inline pop_own() {
    item = 0;
    b = bottom[me];
    if
    :: b == 0
    :: else ->
        b = b - 1;
        bottom[me] = b;
        x = top[me];
        if
        :: x < b -> item = slots[me * SLOTS + b]
        :: x == b ->
#ifdef NO_LAST_CAS
            item = slots[me * SLOTS + b];
#else
            atomic {
                if
                :: top[me] == b -> top[me] = b + 1; item = slots[me * SLOTS + b]
                :: else
                fi
            };
#endif
            bottom[me] = b + 1
        :: else -> bottom[me] = b + 1
        fi
    fi
}

inline steal() {
    item = 0;
    x = top[OTHER];
    if
    :: x >= bottom[OTHER]
    :: else ->
        b = slots[OTHER * SLOTS + x];
        atomic {
            if
            :: top[OTHER] == x -> top[OTHER] = x + 1; item = b
            :: else
            fi
        }
    fi
}

/* One item, or a handful: the second goes into the own deque. */
inline fetch() {
    item = 0;
    look_at_inbox();
    if
    :: !see
    :: else ->
        more = 0;
        atomic {
            if
            :: taken < pushed -> item = inbox[taken]; taken++
            :: else
            fi;
            if
            :: item != 0 && taken < pushed -> more = inbox[taken]; taken++
            :: true
            fi
        };
        if
        :: more != 0 -> push_own(more)
        :: else
        fi
    fi
}

inline stop_searching() {
    atomic { x = searching; searching-- };
#ifndef NO_CHAIN
    if
    :: x == 1 ->
        work_is_visible();
        if
        :: see -> announce()
        :: else
        fi
    :: else
    fi
#endif
}

inline may_block_until(condition) {
    if
    :: true -> condition
    :: true
    fi
}

inline run_item() {
    atomic { assert(!ran[item]); ran[item] = true };
    if
    :: item == 1 -> may_block_until(ran[2])
    :: item == 2 ->
        push_own(3);
        announce();
        may_block_until(ran[3])
    :: else
    fi
}

proctype worker(byte me) {
    byte item, more, x, b;
    bool see;
    goto search; /* who starts a worker counts it as searching */
turn:
    pop_own();
    if
    :: item != 0 -> run_item(); goto turn
    :: else
    fi;
    fetch();
    if
    :: item != 0 -> run_item(); goto turn
    :: else
    fi;
    searching++;
search:
    fetch();
    if
    :: item == 0 -> steal()
    :: else
    fi;
    if
    :: item != 0 -> stop_searching(); run_item(); goto turn
    :: else
    fi;
    atomic { idle[me] = true; sleeping++; searching-- };
#ifndef NO_SECOND_LOOK
    work_is_visible();
    if
    :: see ->
        atomic {
            if
            :: idle[me] -> idle[me] = false; sleeping--; searching++
            :: else
            fi
        }
    :: else
    fi;
#endif
end:
    !idle[me];
    goto search
}

init {
    byte n;
    atomic { searching = WORKERS; run worker(0); run worker(1) };
    inbox[0] = 1; pushed = 1;
    announce();
    inbox[1] = 2; pushed = 2;
    announce();
    timeout -> assert(ran[1] && ran[2] && ran[3])
}
