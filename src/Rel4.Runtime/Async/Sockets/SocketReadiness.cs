namespace Rel4.Runtime;

/// <summary>Whether one direction of a socket is ready, as far as was told, and who waits until it is.</summary>
internal sealed class SocketReadiness(Executor executor)
{
    private Completion<Nothing>? _wait;
    private int _version;
    private bool _isReady;

    /// <summary>Waits unless it is ready.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public CoTask Wait(CancellationToken cancellationToken)
    {
        if (_isReady)
            return CoTask.CompletedTask;
        RequireAlone();
        _wait = executor.RentWait(cancellationToken);
        _version = _wait.Version;
        return new CoTask(_wait);
    }

    /// <summary>Refuses a second one.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public void RequireAlone()
    {
        if (_wait?.IsPending(_version) == true)
            throw new InvalidOperationException("Another coroutine waits for this direction of the socket; one at a time may.");
    }

    /// <summary>Notes that it is ready.</summary>
    public void Show()
    {
        _isReady = true;
        _wait?.TrySetResult(_version, default);
    }

    /// <summary>Notes that it is ready no longer.</summary>
    public void Clear() => _isReady = false;

    /// <summary>Fails whoever waits.</summary>
    public void Fail(Exception error) => _wait?.TrySetException(_version, error);
}
