using System.Runtime.CompilerServices;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <content>Streams that a method returns: pulled in batches, one of which is asked for ahead.</content>
public sealed partial class ContractClient
{
    /// <summary>Arguments are in one record, so that nothing that is sent behind the call overtakes it.</summary>
    private const int MostArgumentBytes = 16 << 10;

    /// <summary>Begins the arguments of a call that returns a stream.</summary>
    public ContractWriter BeginArguments() => ContractWriter.Rent(_options.Serializer);

    /// <summary>Gets a stream, which calls when it is gone through, each time.</summary>
    /// <exception cref="ArgumentException">The arguments take more than 16 KiB.</exception>
    public IAsyncEnumerable<T> StreamAsync<T, TCodec>(ContractWriter arguments, uint method, CancellationToken cancel)
        where TCodec : IContractCodec<T>
    {
        byte[] bytes = arguments.Written.ToArray();
        arguments.Return();
        if (bytes.Length > MostArgumentBytes)
            throw new ArgumentException($"The arguments take {bytes.Length} bytes, and those of a method that returns a stream may take {MostArgumentBytes}. Send what is longer by a call of its own.");
        return EnumerateAsync<T, TCodec>(bytes, method, cancel);
    }

    private async IAsyncEnumerable<T> EnumerateAsync<T, TCodec>(
        byte[] arguments, uint method, CancellationToken cancel, [EnumeratorCancellation] CancellationToken enumeration = default)
        where TCodec : IContractCodec<T>
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, enumeration);
        ulong number = NextNumber();
        // Its reply is the stream's end, and says how it ended.
        Task<IpcResponse> call = SendAsync(MessageKind.Call, method, number, arguments, either.Token);
        Task<IpcResponse> next = PullAsync();
        bool hasEnded = false;
        try
        {
            for (bool isLast = false; !isLast;)
            {
                T[] batch;
                using (IpcResponse response = await next)
                {
                    if (response.Label == (ushort)ReplyLabel.CallEnded && call.IsCompleted)
                        break;
                    // Or it came before the call, as other threads may bring it.
                    batch = response.Label == (ushort)ReplyLabel.CallEnded ? [] : ReadBatch<T, TCodec>(response, either.Token, out isLast);
                }

                if (!isLast)
                    next = PullAsync();
                foreach (T item in batch)
                    yield return item;
            }

            using IpcResponse end = await call;
            hasEnded = true;
            ReadEmpty(end, either.Token);
        }
        finally
        {
            if (!hasEnded)
                Cancel(method, number);
            Forget(next);
            Forget(call);
        }

        Task<IpcResponse> PullAsync() => SendAsync(MessageKind.Pull, method, number, BitConverter.GetBytes(_options.Credit), either.Token);
    }

    private Task<IpcResponse> SendAsync(MessageKind kind, uint method, ulong number, ReadOnlySpan<byte> rest, CancellationToken cancel)
    {
        ContractWriter writer = Begin(kind, method, number);
        rest.CopyTo(writer.GetSpan(rest.Length));
        writer.Advance(rest.Length);
        byte[] message = writer.Written.ToArray();
        writer.Return();
        return _endpoint.CallAsync(0, message, cancel).AsTask();
    }

    private T[] ReadBatch<T, TCodec>(IpcResponse response, CancellationToken cancel, out bool isLast)
        where TCodec : IContractCodec<T>
    {
        if (response.Label != (ushort)ReplyLabel.Result)
            throw ReplyError.Of(response.Label, response.Payload, cancel);
        var reader = new ContractReader(MessageCopy.Of(response.Payload), _options.Serializer);
        isLast = reader.ReadBoolean();
        T[] batch = reader.ReadArray<T, TCodec>();
        return reader.HasFailed || !reader.IsAtEnd ? throw ReplyError.Malformed() : batch;
    }

    /// <summary>Gives a reply back that nobody reads, whenever it comes.</summary>
    private static void Forget(Task<IpcResponse> reply) => reply.ContinueWith(
        static reply =>
        {
            if (reply.IsCompletedSuccessfully)
                reply.Result.Dispose();
            else
                _ = reply.Exception;
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
