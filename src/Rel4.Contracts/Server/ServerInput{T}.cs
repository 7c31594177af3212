using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>A stream that a client sends with a call, as its method goes through it.</summary>
internal sealed class ServerInput<T, TCodec>(ServerCallParts parts, byte index) : ServerInput(parts, index), IAsyncEnumerable<T>
    where TCodec : IContractCodec<T>
{
    private int _begun;
    private int _granted;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is gone through already.</exception>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _begun, 1) == 0
            ? EnumerateAsync(cancellationToken)
            : throw new InvalidOperationException("A stream that a client sends comes once, and is gone through already.");

    private async IAsyncEnumerator<T> EnumerateAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Parts.Token, cancellationToken);
        try
        {
            for (bool isLast = false; !isLast;)
            {
                await PushedAsync(either.Token);
                foreach (T item in ReadBatch(out isLast))
                    yield return item;
            }
        }
        finally
        {
            Stop();
        }
    }

    private T[] ReadBatch(out bool isLast)
    {
        using IpcRequest push = Take();
        var reader = new ContractReader(MessageCopy.Of(push.Payload), Parts.Serializer);
        // The header was looked at before; what is checked here is what is behind it.
        _ = MessageHeader.TryRead(ref reader, out _);
        reader.ReadByte();
        var kind = (PushedBatch)reader.ReadByte();
        T[] items = kind is PushedBatch.Items or PushedBatch.Last ? reader.ReadArray<T, TCodec>() : [];
        ContractException? failure = kind switch
        {
            PushedBatch.Error => new ContractException(reader.ReadInt32(), reader.ReadString()),
            PushedBatch.Failed => new ContractFailedException("The client's stream has failed by an exception that is not for the server. The client knows which."),
            _ => null,
        };
        if (reader.HasFailed || !reader.IsAtEnd || kind > PushedBatch.Failed || items.Length > _granted)
        {
            push.ReplyAsync((ushort)((int)ReplyLabel.Refused + (int)ContractRefusal.Malformed));
            throw Parts.Failure = new ContractRefusedException(ContractRefusal.Malformed, "The client's stream is not what the contract says.");
        }

        isLast = kind == PushedBatch.Last;
        _granted = Parts.Credit;
        // Now, so that the client makes the next while this is gone through.
        push.ReplyAsync((ushort)ReplyLabel.Result, BitConverter.GetBytes(_granted));
        if (failure is null)
            return items;
        Parts.Failure = failure;
        throw failure;
    }
}
