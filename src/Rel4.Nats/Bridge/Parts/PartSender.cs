namespace Rel4.Nats.Bridge;

/// <summary>Sends a message in parts, as far as its receiver allows. On the executor's thread.</summary>
/// <param name="payload">The message, which stays there until <see cref="SendAsync"/> has ended.</param>
internal sealed class PartSender(Payload payload)
{
    /// <summary>The bytes of the first part at most: it comes before there is memory for the message.</summary>
    public const int FirstPartBytes = 4096;

    private const int PartBytes = 128 << 10;

    private TaskCompletionSource? _waiting;
    private uint _allowed;
    private bool _isEnded;

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
    /// <param name="publish">Publishes a part: its offset, and the part. False if it can't.</param>
    /// <param name="last">Is told before the last part is published, without which nobody carries the message out.</param>
    /// <returns>A task that is complete when all is sent, or it was ended; false if a part was not written.</returns>
    public async ValueTask<bool> SendAsync(int most, Func<int, Payload, ValueTask<bool>> publish, Action last)
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

            int length = Math.Min(Math.Min(most, offset == 0 ? FirstPartBytes : PartBytes), payload.Length - offset);
            if (offset != 0)
                length = (int)Math.Min(length, _allowed - offset);
            if (offset + length == payload.Length)
                last();
            if (!await publish(offset, payload.Slice(offset, length)))
                return false;
            offset += length;
        }

        return true;
    }
}
