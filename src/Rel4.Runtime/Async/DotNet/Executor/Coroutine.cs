using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>
/// It is also the synchronization context under which its code runs: a Task that is awaited inside of the coroutine posts the rest back to
/// it, at its priority.
/// </content>
internal sealed partial class Coroutine : SynchronizationContext
{
    // More than a contended lock or a slow start of another thread takes.
    private const int LongestBlockMs = 2000;

    private Action? _end;
    private ValueTaskAwaiter _body;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (_executor.IsOwner)
            _executor.MakeReady(this, d.Invoke, state);
        else
            _executor.Inject(this, d.Invoke, state);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The caller is on another thread: waiting for the executor may wait for itself.</exception>
    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!_executor.IsOwner)
            throw new NotSupportedException("An executor runs nothing while another thread waits for it; post it instead.");
        d(state);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Is called for whatever blocks a thread of .NET: tasks, events, locks. Code that begins to await here and then blocks without a limit, as
    /// <c>CallAsync(…).AsTask().Wait()</c> does, waits for itself. Which wait is of that kind can't be told, so it is given more time than another takes.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Nothing has come for that time.</exception>
    public override int Wait(IntPtr[] waitHandles, bool waitAll, int millisecondsTimeout)
    {
        if (millisecondsTimeout != Timeout.Infinite || !_executor.HasAwaited || !_executor.IsOwner)
            return base.Wait(waitHandles, waitAll, millisecondsTimeout);
        int result = base.Wait(waitHandles, waitAll, LongestBlockMs);
        return result != WaitHandle.WaitTimeout ? result : throw new InvalidOperationException(
            "Code on an executor's thread began an asynchronous call and then blocked the thread, for example by Task.Wait, Result or GetResult: the call "
            + "needs this thread to go on, so it would never end. Use await.");
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Ends with what it runs.</summary>
    public void Await(ValueTask body)
    {
        _body = body.GetAwaiter();
        if (_body.IsCompleted)
            End();
        else
            _body.UnsafeOnCompleted(_end ??= End);
    }

    /// <summary>Ends by an exception.</summary>
    public void Fail(Exception error) => _executor.Finish(this, error);

    partial void OnMade() => SetWaitNotificationRequired();

    private void End()
    {
        Exception? error = null;
        try
        {
            _body.GetResult();
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        _body = default;
        if (error is null)
            _executor.Finish(this);
        else
            _executor.Finish(this, error);
    }
}
