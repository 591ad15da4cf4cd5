// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// All of plait. A program that wants less includes the header of the one concept it uses.

#include <plait/coro/open_connection.hpp>
#include <plait/coro/resolve.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/simulate.hpp>
#include <plait/coro/socket_address.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/coro/stream.hpp>
#include <plait/coro/task.hpp>
#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/barrier.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/exit_code.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/latch.hpp>
#include <plait/runtime/lifo_queue.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/offload.hpp>
#include <plait/runtime/once.hpp>
#include <plait/runtime/pipe_stream.hpp>
#include <plait/runtime/pool_executor.hpp>
#include <plait/runtime/priority_queue.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/recursive_mutex.hpp>
#include <plait/runtime/semaphore.hpp>
#include <plait/runtime/shared_mutex.hpp>
#include <plait/runtime/signal.hpp>
#include <plait/runtime/subprocess.hpp>
#include <plait/runtime/task_group.hpp>
#include <plait/runtime/thread.hpp>
#include <plait/runtime/thread_pool.hpp>
#include <plait/runtime/timeout.hpp>
#include <plait/runtime/unhandled.hpp>
