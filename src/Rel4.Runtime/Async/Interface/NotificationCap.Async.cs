namespace Rel4.Runtime;

/// <content>The asynchronous half: signals in user mode.</content>
public readonly partial record struct NotificationCap
{
    /// <summary>Signals in user mode, if the capability's badge has one bit.</summary>
    /// <inheritdoc cref="ReL4.Signal"/>
    /// <exception cref="InvalidOperationException">It was granted without the Write right.</exception>
    public void SignalUser()
    {
        Granted?.RequireToSignal();
        if (TaskRuntime.Current is { } runtime)
            runtime.SignalTo(CPtr).Signal();
        else
            TaskRuntime.SharedFor(CPtr).Executor.Post(static dest => TaskRuntime.Current!.SignalTo((ulong)dest!).Signal(), CPtr);
    }

    /// <summary>Waits for a signal, which blocks the coroutine, and takes the word.</summary>
    /// <inheritdoc cref="ReL4.Wait"/>
    public CoTask<ulong> WaitAsync(CancellationToken cancellationToken = default) =>
        TaskRuntime.Current is { } runtime
            ? runtime.NotificationAt(CPtr).Wait(cancellationToken)
            : Remote.WaitAsync(CPtr, cancellationToken);

    /// <summary>Takes the word if there was a signal, without entering the kernel.</summary>
    /// <inheritdoc cref="ReL4.Poll"/>
    public ulong PollUser() => TaskRuntime.Required.NotificationAt(CPtr).Poll();
}
