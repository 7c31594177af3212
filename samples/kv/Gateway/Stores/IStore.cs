using System.Buffers;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Is the way to the store: through asynchronous IPC, through synchronous IPC, or within the process.</summary>
internal interface IStore
{
    /// <summary>Has a batch of requests carried out.</summary>
    /// <param name="requests">The requests (<see cref="Protocol.StoreRequest"/>). They must stay as they are until this completes.</param>
    /// <param name="replies">Takes the replies (<see cref="Protocol.ReplyKind"/>) to the first of them, at least to one.</param>
    /// <exception cref="StoreUnavailableException">There is no reply.</exception>
    CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies);
}

/// <summary>Tells that the store has not answered: it ended, or it is on another machine and the way there was lost.</summary>
/// <param name="cause">How that came to light.</param>
internal sealed class StoreUnavailableException(Rel4Exception? cause) : Exception("The store has not answered.", cause)
{
    /// <summary>Gets whether the store may have carried out something of the batch.</summary>
    public bool MayHaveActed => cause is not { MayHaveActed: false };

    /// <summary>Gets whether the requests or the replies were longer than a message may be.</summary>
    public bool IsTooLong => cause is { ErrorCode: Rel4ErrorCode.TooLong };
}
