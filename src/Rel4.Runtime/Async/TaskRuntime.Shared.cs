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
    /// <remarks>It has a thread of its own, which starts with the first use and goes on for as long as the process.</remarks>
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
        // Lives as long as the process, so it must not keep what flows with the first caller.
        thread.UnsafeStart();
        ready.Wait();
        return runtime ?? throw new InvalidOperationException($"The process' executor can't start: {failure!.Message}", failure);
    }
}
