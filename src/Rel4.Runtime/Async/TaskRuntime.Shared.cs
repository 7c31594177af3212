using System.Diagnostics;

namespace Rel4.Runtime;

/// <content>Finding the runtime to use.</content>
internal sealed partial class TaskRuntime
{
    // Of the runtimes that machines share. Taken before the other, where both are.
    private static readonly Lock s_lock = new();

    // Of those that have not ended. A monitor, as their end is waited for.
    private static readonly object s_alive = new();
    private static readonly HashSet<TaskRuntime> s_runtimes = [];

    private readonly CancellationTokenSource _stop = new();
    private volatile bool _takesNothing;

    /// <summary>Gets the runtime of the calling thread.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public static TaskRuntime Required => t_current ?? throw new InvalidOperationException(
        "This thread has no executor joined to the kernel. Run the code in ReL4.Run; from other threads only calls, sends, signals and waits are possible.");

    /// <summary>Gets the runtime that serves threads without an executor, where they use a capability. Any thread.</summary>
    /// <remarks>It has a thread of its own, which starts with the first use and goes on until <see cref="EndAll"/>: in a task, for as long as the process.</remarks>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it; or takes no part in the capability's system any more.</exception>
    public static TaskRuntime SharedFor(ulong capability)
    {
        var machine = AsyncMachine.Of(capability);
        if (machine.SharedRuntime is { } shared)
            return shared;
        lock (s_lock)
            return machine.SharedRuntime ??= StartThread(machine);
    }

    /// <summary>Hands over what a thread without an executor waits for. Any thread.</summary>
    public void HandOver<T>(RemoteOperation<T> operation)
    {
        Executor.Inject(operation);
        // pairs with the write in RunShared, by the fence in Inject: either that takes it out, or this sees that nobody does.
        if (_takesNothing)
            Executor.FailInjected(new KernelEndedException());
    }

    /// <summary>Ends all runtimes of a machine.</summary>
    /// <param name="machine">The machine, whose kernel still serves.</param>
    /// <param name="patience">How long to wait for those that code of the program runs, which it alone can end.</param>
    public static void EndAll(AsyncMachine machine, TimeSpan patience)
    {
        TaskRuntime? shared;
        lock (s_lock)
        {
            // Here: who makes a shared one has made it before this, and it is ended with the others, or is refused.
            lock (s_alive)
                machine.HasEnded = true;
            shared = machine.SharedRuntime;
            machine.SharedRuntime = null;
        }

        lock (s_alive)
        {
            foreach (TaskRuntime runtime in s_runtimes.Where(runtime => runtime.Machine == machine))
                runtime.HandOver(() => runtime.Fail(new KernelEndedException()));
            shared?._stop.Cancel();
            long start = Stopwatch.GetTimestamp();
            while (s_runtimes.Any(runtime => runtime.Machine == machine && (runtime == shared || Stopwatch.GetElapsedTime(start) < patience)))
                Monitor.Wait(s_alive, millisecondsTimeout: 100);
        }
    }

    /// <summary>Has all runtimes of a machine let go of what was opened through a capability, which is found no more. Any thread but the steward.</summary>
    /// <returns>Completes when nobody uses its slot. Executors are told, and not waited for: code may keep their threads.</returns>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    public static Task DropAllAsync(AsyncMachine machine, ulong capability)
    {
        lock (s_alive)
        {
            foreach (TaskRuntime runtime in s_runtimes.Where(runtime => runtime.Machine == machine))
                runtime.HandOver(() => runtime.Drop(capability));
        }

        // Behind that: what ends here was dropped when the executor hears of it.
        return machine.Threads.Uses.EndAsync(machine.Threads, capability);
    }

    /// <summary>Takes note of a runtime that has begun.</summary>
    /// <returns>False if its machine has ended meanwhile.</returns>
    private static bool TryEnlist(TaskRuntime runtime)
    {
        lock (s_alive)
            return !runtime.Machine.HasEnded && s_runtimes.Add(runtime);
    }

    private static void Delist(TaskRuntime runtime)
    {
        lock (s_alive)
        {
            s_runtimes.Remove(runtime);
            Monitor.PulseAll(s_alive);
        }
    }

    /// <summary>Serves threads without an executor until <see cref="EndAll"/>, and fails what they have handed over by then.</summary>
    private void RunShared()
    {
        Executor.Run(_stop.Token);
        // What was failed is told to those who wait for it.
        Executor.RunUntilBlocked();
        _takesNothing = true;
        Interlocked.MemoryBarrier();
        Executor.FailInjected(new KernelEndedException());
        Dispose();
    }

    private static TaskRuntime StartThread(AsyncMachine machine)
    {
        TaskRuntime? runtime = null;
        Exception? failure = null;
        using var ready = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            try
            {
                runtime = new TaskRuntime(machine);
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }

            ready.Set();
            runtime?.RunShared();
        })
        {
            IsBackground = true,
            Name = "reL4 executor",
        };
        // Lives as long as the process, so it must not keep what flows with the first caller.
        thread.UnsafeStart();
        ready.Wait();
        return runtime ?? throw new InvalidOperationException($"The process' executor can't start: {failure!.Message}", failure);
    }
}
