using System.Buffers;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Is the way to the store: through asynchronous IPC, through synchronous IPC, or within the process.</summary>
internal interface IStore
{
    /// <summary>Has a batch of requests carried out.</summary>
    /// <param name="requests">The requests (<see cref="Protocol.StoreRequest"/>). They must stay as they are until this completes.</param>
    /// <param name="replies">Takes the replies (<see cref="Protocol.ReplyKind"/>) to the first of them, at least to one.</param>
    /// <exception cref="StoreUnavailableException">The store ended; whether it has carried out anything is unknown.</exception>
    CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies);
}

/// <summary>Tells that the store ended before it answered.</summary>
/// <param name="cause">How that came to light.</param>
internal sealed class StoreUnavailableException(Exception? cause) : Exception("The store ended before it answered.", cause);
