namespace Rel4.Runtime;

/// <summary>Does for a thread without an executor what one with an executor does.</summary>
/// <remarks>
/// Messages are copied each way: the calling code may go on, because it was cancelled, while the executor still reads, and a reply's place is given
/// back on the executor's thread.
/// </remarks>
internal static class Remote
{
    /// <summary>Calls.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="label">The label.</param>
    /// <param name="copy">The message, in a borrowed array that is given back.</param>
    /// <param name="length">Its length.</param>
    /// <param name="timeout">The limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static CoTask<Response> CallAsync(
        ulong endpoint, ushort label, byte[] copy, int length, TimeSpan timeout, CancellationToken cancellationToken) =>
        RunAsync(
            (endpoint, label, copy, length, timeout, cancellationToken),
            static async (runtime, a) =>
            {
                try
                {
                    using Response response = await runtime.ConnectionTo(a.endpoint)
                        .Call(a.label, a.copy.AsMemory(0, a.length), a.timeout, a.cancellationToken);
                    return new Response(response.Label, response.Payload.ToArray());
                }
                finally
                {
                    RemoteCopy.Return(a.copy);
                }
            },
            cancellationToken).AsCoTask();

    /// <summary>Sends.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public static CoTask SendAsync(ulong endpoint, ushort label, byte[] copy, int length, CancellationToken cancellationToken) =>
        ((Task)RunAsync(
            (endpoint, label, copy, length, cancellationToken),
            static async (runtime, a) =>
            {
                try
                {
                    await runtime.ConnectionTo(a.endpoint).Send(a.label, a.copy.AsMemory(0, a.length), a.cancellationToken);
                    return default(Nothing);
                }
                finally
                {
                    RemoteCopy.Return(a.copy);
                }
            },
            cancellationToken)).AsCoTask();

    /// <summary>Runs an async method on the process' executor.</summary>
    /// <remarks>
    /// A task of .NET's own: a thread that blocks on it is woken by the executor itself. Were that left to the thread pool, callers that block all of its
    /// threads would wait for each other.
    /// </remarks>
    public static Task<T> RunAsync<TState, T>(
        TState state, Func<TaskRuntime, TState, CoTask<T>> method, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var work = new Work<TState, T>(state, method);
        TaskRuntime.Shared.Executor.Post(static work => _ = ((Work<TState, T>)work!).RunAsync(), work);
        return work.Task;
    }

    private sealed class Work<TState, T>(TState state, Func<TaskRuntime, TState, CoTask<T>> method)
        : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public async Task RunAsync()
        {
            try
            {
                SetResult(await method(TaskRuntime.Current!, state));
            }
            catch (OperationCanceledException cancelled)
            {
                SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception failure)
            {
                SetException(failure);
            }
        }
    }
}
