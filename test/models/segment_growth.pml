/* Copyright 2026 the plait authors. Boost Software License 1.0
 *
 * How a segment grows (docs/decisions/0009-named-segments.md; ipc/src/directory.cpp, attachment.cpp), as spin checks it.
 *
 *   maker 0 ─┐ lock, where? posix_fallocate, size, clear, format, publish
 *   maker 1 ─┴────────▶ file: length, pages ◀──── header: size ◀──── directory: objects
 *                            ▲                        ▲                    │
 *                 user ──────┴── has mapped all of the room long ago ──────┘   finds objects, touches them
 *                 enterer ───┴── reads the header, asks for the length ──┘
 *
 * Memory is counted in pages; the first holds the header and the directory. Every read and write of shared memory, every
 * page that posix_fallocate brings and every system call is one step, before which a maker may die. Its lock is the kernel's, and
 * is free then. posix_fallocate may find the file system full anywhere, and moves the end of the file with each page, or at
 * its end: file systems do the one or the other. Nobody is told that the segment has grown, and nothing is mapped anew.
 *
 * Asserted: nobody touches a page that the file does not reach to, or that has no memory (both would be SIGBUS); the size
 * only grows, and the file is always as long; who enters finds it so; objects do not overlap; who sees an object finds it
 * within the segment, and as it was made; a maker finds its memory zero; it fails only for want of room.
 *
 * A model that cannot fail proves nothing: with one of these the protocol lacks a part, and spin must object.
 *   NO_LOCK        makers do without the lock
 *   SIZE_FIRST     the size is told before there is memory
 *   LENGTH_ONLY    the file is made longer, and no memory asked for
 *   LENGTH_FIRST   who enters asks for the length of the file before he reads the size
 *   OLD_SIZE       a user goes by the size that the segment had when it entered
 *   NO_CLEARING    a maker takes its memory for zero: a dead one may have written there
 */
#ifndef CRASHES
#define CRASHES 1
#endif
#define PAGES 4
#define OBJECTS 2
#define NOBODY 9

byte size = 1;   /* as the header says */
byte length = 1; /* of the file */
bool backed[PAGES];
byte content[PAGES]; /* 0, or whose object: maker + 1 */
byte lock = NOBODY;

bool visible[OBJECTS]; /* the type in the entry */
byte offset[OBJECTS];
byte pages[OBJECTS];
byte maker_of[OBJECTS];

byte crashes = CRASHES;
bool ended[2]; /* a maker */

#define STEP(x) atomic { if :: crashes > 0 -> crashes--; goto died :: x fi }
#define TOUCH(p) assert((p) < length && backed[p])
#define SMALLER(a, b) ((a) < (b) -> (a) : (b))
#define LARGER(a, b) ((a) > (b) -> (a) : (b))

/* attachment::size(): the file is asked when the header tells of a size that this process has not seen. */
#define ASK_SIZE(step) \
    step(true -> said = size); \
    if \
    :: said > known -> step(true -> known = LARGER(known, SMALLER(said, length))) \
    :: else \
    fi

/* posix_fallocate(from, to). Sets `no_room`. */
inline allocate(from, to) {
    p = from;
    if :: longer_at_once = true :: longer_at_once = false fi;
    do
    :: p == to -> break
    :: p < to ->
        if
        :: STEP(true -> backed[p] = true; if :: longer_at_once && length < p + 1 -> length = p + 1 :: else fi); p++
        :: no_room = true; break /* the file system is full; what came so far may stay */
        fi
    od;
    if
    :: !no_room -> STEP(true -> length = LARGER(length, to))
    :: else
    fi
}

proctype maker(byte me; byte wanted) {
    byte said, known, at, after, p, e;
    bool no_room, longer_at_once;
    known = 1;
#ifndef NO_LOCK
    STEP(lock == NOBODY -> lock = me);
#endif
    STEP(true -> e = (visible[0] -> 1 : 0));
    STEP(true -> at = (visible[0] -> offset[0] + pages[0] : 1); if :: visible[1] -> at = LARGER(at, offset[1] + pages[1]) :: else fi);
    if
    :: at + wanted > PAGES -> goto leave
    :: else
    fi;
    ASK_SIZE(STEP);
    said = SMALLER(said, known);
    after = at + wanted;
    if
    :: after > said ->
#ifdef SIZE_FIRST
        STEP(true -> size = after);
#endif
#ifdef LENGTH_ONLY
        STEP(true -> length = LARGER(length, after));
#else
        allocate(said, after);
#endif
        if
        :: no_room -> goto leave
        :: else
        fi;
#ifndef SIZE_FIRST
        STEP(true -> assert(after >= size); size = after)
#endif
    :: else
    fi;
    STEP(true -> offset[e] = at; pages[e] = wanted; maker_of[e] = me);
#ifndef NO_CLEARING
    p = at;
    do
    :: p < at + wanted -> STEP(true -> TOUCH(p); content[p] = 0); p++
    :: else -> break
    od;
#endif
    p = at;
    do
    :: p < at + wanted -> STEP(true -> TOUCH(p); assert(content[p] == 0); content[p] = me + 1); p++
    :: else -> break
    od;
    STEP(true ->
        assert(!visible[1 - e] || offset[1 - e] + pages[1 - e] <= at || at + wanted <= offset[1 - e]);
        assert(!visible[e] && offset[e] == at && pages[e] == wanted);
        visible[e] = true);
leave:
#ifndef NO_LOCK
    STEP(true -> lock = NOBODY);
#endif
    atomic { ended[me] = true; goto finish };
died:
    atomic { ended[me] = true; if :: lock == me -> lock = NOBODY :: else fi };
finish:
    atomic { said = 0; known = 0; at = 0; after = 0; p = 0; e = 0; no_room = false; longer_at_once = false }
}

#define READ(x) atomic { if :: x fi }

/* It entered when the segment had one page. */
proctype user() {
    byte said, known, p, e;
    bool seen;
    known = 1;
    do
    :: atomic { ended[0] && ended[1] && seen -> break } /* after a look at the end, when all is quiet */
    :: else ->
        atomic { seen = ended[0] && ended[1]; if :: e = 0 :: e = 1 fi }
        if
        :: READ(visible[e] -> skip) ->
#ifndef OLD_SIZE
            ASK_SIZE(READ);
#endif
            assert(offset[e] + pages[e] <= known);
            p = offset[e];
            do
            :: p < offset[e] + pages[e] -> READ(true -> TOUCH(p); assert(content[p] == maker_of[e] + 1)); p++
            :: else -> break
            od
        :: READ(!visible[e] -> skip)
        fi;
        atomic { said = 0; p = 0; e = 0 }
    od;
    atomic { known = 0; seen = false }
}

proctype enterer() {
    byte said, now;
#ifdef LENGTH_FIRST
    READ(true -> now = length);
    READ(true -> said = size);
#else
    READ(true -> said = size);
    READ(true -> now = length);
#endif
    atomic { assert(said <= now); said = 0; now = 0 }
}

init {
    atomic {
        backed[0] = true;
        run maker(0, 1);
        run maker(1, 2);
        run user();
        run enterer()
    }
}
