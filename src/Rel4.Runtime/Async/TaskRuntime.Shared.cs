namespace Rel4.Runtime;

/// <content>Finding the runtime to use.</content>
internal sealed partial class TaskRuntime
{
    private static readonly Lock s_lock = new();
    private static TaskRuntime? s_shared;

    /// <summary>Gets the runtime of the calling thread.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public static TaskRuntime Required => t_current ?? throw new InvalidOperationException(
        "This thread has no executor joined to the kernel. Run the code in ReL4.Run; from other threads only calls, sends, signals and waits are possible.");

    /// <summary>Gets the runtime that serves threads without an executor. Any thread.</summary>
    /// <remarks>The first one that was started by <see cref="ReL4.Run(Func{ValueTask})"/> and has not ended; if there is none, one with a thread of its own.</remarks>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it.</exception>
    public static TaskRuntime Shared
    {
        get
        {
            if (Volatile.Read(ref s_shared) is { } shared)
                return shared;
            lock (s_lock)
                return s_shared ??= StartThread();
        }
    }

    /// <summary>Makes the runtime of the calling thread.</summary>
    /// <inheritdoc cref="TaskRuntime(ExecutorOptions)" path="/exception"/>
    public static TaskRuntime Start()
    {
        var runtime = new TaskRuntime();
        Interlocked.CompareExchange(ref s_shared, runtime, null);
        return runtime;
    }

    private static TaskRuntime StartThread()
    {
        TaskRuntime? runtime = null;
        Exception? failure = null;
        using var ready = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            try
            {
                runtime = new TaskRuntime();
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }

            ready.Set();
            runtime?.Executor.Run(CancellationToken.None);
        })
        {
            IsBackground = true,
            Name = "reL4 executor",
        };
        thread.Start();
        ready.Wait();
        return runtime ?? throw new InvalidOperationException($"The process' executor can't start: {failure!.Message}", failure);
    }
}
