using System.ComponentModel;
using System.Runtime.CompilerServices;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>The calling side of a contract. For generated code.</summary>
/// <remarks>Any thread. On an executor's thread a call allocates nothing but what its result is.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed partial class ContractClient
{
    private static readonly TimeSpan s_cancelLimit = TimeSpan.FromSeconds(1);

    // From a random number on, so that what a client that is started again calls is not taken for what it called before.
    private static long s_lastNumber = Random.Shared.NextInt64();

    private readonly EndpointCap _endpoint;
    private readonly uint _contract;
    private readonly ContractClientOptions _options;

    /// <summary>Makes one.</summary>
    /// <param name="endpoint">The endpoint, with the Write and Grant rights.</param>
    /// <param name="contract">The contract's number.</param>
    /// <param name="needsSerializer">Whether it has types for which there is no generated code.</param>
    /// <param name="options">How to call.</param>
    /// <exception cref="ArgumentException">There is no serializer, and the contract needs one.</exception>
    public ContractClient(EndpointCap endpoint, uint contract, bool needsSerializer, ContractClientOptions? options)
    {
        _options = options ?? new ContractClientOptions();
        if (needsSerializer && _options.Serializer is null)
            throw new ArgumentException("The contract has types for which no code is generated, so it needs a serializer: set ContractClientOptions.Serializer.", nameof(options));
        _endpoint = endpoint;
        _contract = contract;
    }

    /// <summary>Begins a call's message.</summary>
    /// <param name="method">The method's number.</param>
    /// <param name="cancel">The caller's token.</param>
    /// <param name="number">The number by which the call can be cancelled; 0 if nobody can.</param>
    public ContractWriter Begin(uint method, CancellationToken cancel, out ulong number)
    {
        number = cancel.CanBeCanceled ? NextNumber() : 0;
        return Begin(MessageKind.Call, method, number, _options.Timeout != Timeout.InfiniteTimeSpan);
    }

    /// <summary>Makes a call.</summary>
    public ValueTask<T> CallAsync<T, TCodec>(ContractWriter message, uint method, ulong number, CancellationToken cancel)
        where TCodec : IContractCodec<T>
    {
        CoTask<IpcResponse> reply = Call(message, cancel);
        return Executor.Current is not null
            ? CompleteHere<T, TCodec>(reply, method, number, cancel).AsValueTask()
            : CompleteElsewhere<T, TCodec>(reply, method, number, cancel);
    }

    /// <summary>Makes a call that has no result.</summary>
    public ValueTask CallAsync(ContractWriter message, uint method, ulong number, CancellationToken cancel)
    {
        CoTask<IpcResponse> reply = Call(message, cancel);
        return Executor.Current is not null
            ? CompleteHere(reply, method, number, cancel).AsValueTask()
            : CompleteElsewhere(reply, method, number, cancel);
    }

    private static ulong NextNumber()
    {
        ulong number = (ulong)Interlocked.Increment(ref s_lastNumber);
        return number != 0 ? number : (ulong)Interlocked.Increment(ref s_lastNumber);
    }

    private ContractWriter Begin(MessageKind kind, uint method, ulong number, bool hasLimit = false)
    {
        ContractWriter writer = ContractWriter.Rent(_options.Serializer);
        MessageHeader.Write(writer, kind, _contract, method, number, hasLimit ? DeadlineClock.Now + (long)_options.Timeout.TotalMilliseconds : 0);
        return writer;
    }

    private CoTask<IpcResponse> Call(ContractWriter message, CancellationToken cancel)
    {
        // What has a limit is to stay as it is until the call is over, so it is copied; a callback writes at once.
        CoTask<IpcResponse> reply = _options.Timeout == Timeout.InfiniteTimeSpan
            ? _endpoint.CallAsync(0, message.Length, message, static (place, message) => message.Written.CopyTo(place), cancel)
            : _endpoint.CallAsync(0, message.Written.ToArray(), _options.Timeout, cancel);
        message.Return();
        return reply;
    }

    private async CoTask<T> CompleteHere<T, TCodec>(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancel)
        where TCodec : IContractCodec<T>
    {
        try
        {
            using IpcResponse response = await reply;
            return Read<T, TCodec>(response, cancel);
        }
        catch (OperationCanceledException) when (number != 0 && cancel.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> CompleteElsewhere<T, TCodec>(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancel)
        where TCodec : IContractCodec<T>
    {
        try
        {
            using IpcResponse response = await reply;
            return Read<T, TCodec>(response, cancel);
        }
        catch (OperationCanceledException) when (number != 0 && cancel.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    private async CoTask CompleteHere(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancel)
    {
        try
        {
            using IpcResponse response = await reply;
            ReadEmpty(response, cancel);
        }
        catch (OperationCanceledException) when (number != 0 && cancel.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CompleteElsewhere(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancel)
    {
        try
        {
            using IpcResponse response = await reply;
            ReadEmpty(response, cancel);
        }
        catch (OperationCanceledException) when (number != 0 && cancel.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    /// <summary>Tells the server that nobody waits for a call any more, behind the call, and waits for nothing.</summary>
    private void Cancel(uint method, ulong number)
    {
        ContractWriter writer = Begin(MessageKind.Cancel, method, number);
        byte[] message = writer.Written.ToArray();
        writer.Return();
        // Forgotten, and what becomes of it: the server may have gone. Not for ever, as nobody may receive.
        SendAsync(new CancellationTokenSource(s_cancelLimit, DeadlineClock.Current));

        async void SendAsync(CancellationTokenSource limit)
        {
            using (limit)
            {
                try
                {
                    await _endpoint.SendAsync(0, message, limit.Token);
                }
                catch (Exception gone) when (gone is OperationCanceledException or InvalidOperationException or IOException)
                {
                }
            }
        }
    }

    private T Read<T, TCodec>(IpcResponse response, CancellationToken cancel)
        where TCodec : IContractCodec<T>
    {
        if (response.Label != (ushort)ReplyLabel.Result)
            throw ReplyError.Of(response.Label, response.Payload, cancel);
        var reader = new ContractReader(MessageCopy.Of(response.Payload), _options.Serializer);
        T result = TCodec.Read(ref reader);
        if (reader.HasFailed || !reader.IsAtEnd)
            throw ReplyError.Malformed();
        return result;
    }

    private static void ReadEmpty(IpcResponse response, CancellationToken cancel)
    {
        if (response.Label != (ushort)ReplyLabel.Result)
            throw ReplyError.Of(response.Label, response.Payload, cancel);
        if (response.Length != 0)
            throw ReplyError.Malformed();
    }
}
