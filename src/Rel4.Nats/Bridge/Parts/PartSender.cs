namespace Rel4.Nats.Bridge;

/// <summary>Sends a message in parts, as far as its receiver allows. On the executor's thread.</summary>
/// <param name="payload">The message, which stays there until <see cref="SendAsync"/> has ended.</param>
internal sealed class PartSender(Payload payload)
{
    private const int PartBytes = 128 << 10;

    private TaskCompletionSource? _waiting;
    private uint _allowed;
    private bool _isEnded;

    /// <summary>Gets whether all was sent: without its last part nobody carries it out.</summary>
    public bool IsSent { get; private set; }

    /// <summary>Lets it go on up to an offset.</summary>
    public void Allow(uint offset)
    {
        _allowed = Math.Max(_allowed, Math.Min(offset, (uint)payload.Length));
        _waiting?.TrySetResult();
    }

    /// <summary>Has it end: nobody waits for the message.</summary>
    public void End()
    {
        _isEnded = true;
        _waiting?.TrySetResult();
    }

    /// <summary>Sends the message.</summary>
    /// <param name="most">The most bytes of a part.</param>
    /// <param name="publish">Publishes a part: its offset, and the part.</param>
    /// <returns>A task that is complete when all is sent, or it was ended.</returns>
    public async ValueTask SendAsync(int most, Func<int, Payload, ValueTask> publish)
    {
        for (int offset = 0; offset < payload.Length && !_isEnded;)
        {
            // The first part says how long it is, and needs no leave.
            if (offset != 0 && offset >= _allowed)
            {
                _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _waiting.Task;
                _waiting = null;
                continue;
            }

            int length = Math.Min(Math.Min(most, PartBytes), payload.Length - offset);
            if (offset != 0)
                length = (int)Math.Min(length, _allowed - offset);
            IsSent = offset + length == payload.Length;
            await publish(offset, payload.Slice(offset, length));
            offset += length;
        }
    }
}
