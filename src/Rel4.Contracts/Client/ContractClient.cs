using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
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
    private readonly string _service;
    private readonly ContractClientOptions _options;

    // Of a callback, at the server: what calls go by, and which of them.
    private readonly ServerCallbacks? _callbacks;
    private readonly byte _index;

    /// <summary>Makes one.</summary>
    /// <param name="endpoint">The endpoint, with the Write and Grant rights.</param>
    /// <param name="contract">The contract's number.</param>
    /// <param name="service">Its name.</param>
    /// <param name="needsSerializer">Whether it has types for which there is no generated code.</param>
    /// <param name="options">How to call.</param>
    /// <exception cref="ArgumentException">There is no serializer, and the contract needs one.</exception>
    public ContractClient(EndpointCap endpoint, uint contract, string service, bool needsSerializer, ContractClientOptions? options)
    {
        _options = options ?? new ContractClientOptions();
        if (needsSerializer && _options.Serializer is null)
            throw new ArgumentException("The contract has types for which no code is generated, so it needs a serializer: set ContractClientOptions.Serializer.", nameof(options));
        _endpoint = endpoint;
        _contract = contract;
        _service = service;
    }

    internal ContractClient(ServerCallbacks callbacks, byte index, uint contract, string service)
    {
        _options = new ContractClientOptions { Serializer = callbacks.Serializer };
        (_callbacks, _index, _contract, _service) = (callbacks, index, contract, service);
    }

    internal ContractClientOptions Options => _options;

    /// <summary>Begins a call's message.</summary>
    /// <param name="method">The method's number.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="number">The number by which the call can be cancelled; 0 if nobody can.</param>
    public ContractWriter Begin(uint method, string name, CancellationToken cancellationToken, out ulong number)
    {
        number = cancellationToken.CanBeCanceled || _callbacks is not null ? NextNumber() : 0;
        bool hasLimit = _options.Timeout != Timeout.InfiniteTimeSpan;
        if (!ContractActivities.AreWanted || ContractActivities.StartClient(_service, name) is not { } activity)
            return Begin(MessageKind.Call, method, number, hasLimit, Activity.Current);
        ContractWriter message = Begin(MessageKind.Call, method, number, hasLimit, activity);
        message.Attach(activity);
        return message;
    }

    /// <summary>Makes a call.</summary>
    public ValueTask<T> CallAsync<T, TCodec>(ContractWriter message, uint method, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T> =>
        message.Detach() is { } activity ? TraceAsync<T, TCodec>(activity, message, method, number, cancellationToken) : StartAsync<T, TCodec>(message, method, number, cancellationToken);

    /// <summary>Makes a call that has no result.</summary>
    public ValueTask CallAsync(ContractWriter message, uint method, ulong number, CancellationToken cancellationToken) =>
        message.Detach() is { } activity ? new(TraceAsync<Nothing, Nothing>(activity, message, method, number, cancellationToken).AsTask()) : StartAsync(message, method, number, cancellationToken);

    private ValueTask<T> TraceAsync<T, TCodec>(Activity activity, ContractWriter message, uint method, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T> => ContractActivities.RunAsync(activity, () => StartAsync<T, TCodec>(message, method, number, cancellationToken));

    private ValueTask<T> StartAsync<T, TCodec>(ContractWriter message, uint method, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        if (_callbacks is not null)
            return _callbacks.CallAsync<T, TCodec>(message, _index, number, cancellationToken);
        CoTask<IpcResponse> reply = Call(message, cancellationToken);
        return Executor.Current is not null
            ? CompleteHere<T, TCodec>(reply, method, number, cancellationToken).AsValueTask()
            : CompleteElsewhere<T, TCodec>(reply, method, number, cancellationToken);
    }

    private ValueTask StartAsync(ContractWriter message, uint method, ulong number, CancellationToken cancellationToken)
    {
        if (_callbacks is not null)
            return _callbacks.CallAsync(message, _index, number, cancellationToken);
        CoTask<IpcResponse> reply = Call(message, cancellationToken);
        return Executor.Current is not null
            ? CompleteHere(reply, method, number, cancellationToken).AsValueTask()
            : new(CompleteElsewhere<Nothing, Nothing>(reply, method, number, cancellationToken).AsTask());
    }

    private static ulong NextNumber()
    {
        ulong number = (ulong)Interlocked.Increment(ref s_lastNumber);
        return number != 0 ? number : (ulong)Interlocked.Increment(ref s_lastNumber);
    }

    /// <summary>Begins a message.</summary>
    internal ContractWriter Begin(MessageKind kind, uint method, ulong number, bool hasLimit = false, Activity? trace = null)
    {
        ContractWriter writer = ContractWriter.Rent(_options.Serializer);
        MessageHeader.Write(writer, kind, _contract, method, number, hasLimit ? DeadlineClock.Now + (long)_options.Timeout.TotalMilliseconds : 0, trace);
        return writer;
    }

    /// <summary>Calls with a message that is complete.</summary>
    /// <remarks>Whatever it fails of, the task says: what goes with a call is ended by one that does.</remarks>
    internal async Task<IpcResponse> SendAsync(ContractWriter message, TimeSpan timeout, CancellationToken cancellationToken)
    {
        byte[] bytes = message.Written.ToArray();
        message.Return();
        return await _endpoint.CallAsync(0, bytes, timeout, cancellationToken);
    }

    /// <summary>Sends a message that is complete, for which there is no reply.</summary>
    internal ValueTask PostAsync(ContractWriter message, CancellationToken cancellationToken)
    {
        byte[] bytes = message.Written.ToArray();
        message.Return();
        return _endpoint.SendAsync(0, bytes, cancellationToken);
    }

    private CoTask<IpcResponse> Call(ContractWriter message, CancellationToken cancellationToken)
    {
        // What has a limit is to stay as it is until the call is over, so it is copied; a callback writes at once.
        CoTask<IpcResponse> reply = _options.Timeout == Timeout.InfiniteTimeSpan
            ? _endpoint.CallAsync(0, message.Length, message, static (place, message) => message.Written.CopyTo(place), cancellationToken)
            : _endpoint.CallAsync(0, message.Written.ToArray(), _options.Timeout, cancellationToken);
        message.Return();
        return reply;
    }

    // Three of a kind, as they differ in what the compiler makes of them: frames of the executor's, which are the cheapest, with and without a result; and .NET's for other threads.
    private async CoTask<T> CompleteHere<T, TCodec>(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        try
        {
            using IpcResponse response = await reply;
            return Read<T, TCodec>(response, cancellationToken);
        }
        catch (OperationCanceledException) when (number != 0 && cancellationToken.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> CompleteElsewhere<T, TCodec>(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        try
        {
            using IpcResponse response = await reply;
            return Read<T, TCodec>(response, cancellationToken);
        }
        catch (OperationCanceledException) when (number != 0 && cancellationToken.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    private async CoTask CompleteHere(CoTask<IpcResponse> reply, uint method, ulong number, CancellationToken cancellationToken)
    {
        try
        {
            using IpcResponse response = await reply;
            Read<Nothing, Nothing>(response, cancellationToken);
        }
        catch (OperationCanceledException) when (number != 0 && cancellationToken.IsCancellationRequested)
        {
            Cancel(method, number);
            throw;
        }
    }

    /// <summary>Tells the server that nobody waits for a call any more, behind the call, and waits for nothing.</summary>
    private void Cancel(uint method, ulong number)
    {
        ContractWriter message = Begin(MessageKind.Cancel, method, number);
        // Forgotten, and what becomes of it: the server may have gone. Not for ever, as nobody may receive.
        SendAsync(new CancellationTokenSource(s_cancelLimit, DeadlineClock.Current));

        async void SendAsync(CancellationTokenSource limit)
        {
            using (limit)
            {
                try
                {
                    await PostAsync(message, limit.Token);
                }
                catch (Exception gone) when (gone is OperationCanceledException or InvalidOperationException or IOException)
                {
                }
            }
        }
    }

    /// <summary>Reads what the server says instead of a result.</summary>
    private Exception ErrorOf(IpcResponse response, CancellationToken cancellationToken)
    {
        if (response.Label == (ushort)ReplyLabel.DeadlineExceeded)
        {
            return new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"A call of {_service} through {(_endpoint.GrantedName is { } name ? $"endpoint '{name}'" : $"endpoint {_endpoint.CPtr}")} had no answer within {_options.Timeout.TotalSeconds:0.######} s, and the server has cancelled it."));
        }

        var reader = new ContractReader(MessageCopy.Of(response.Payload), serializer: null);
        Exception error = ReplyError.Of(response.Label, ref reader, Peer.Server, cancellationToken);
        return error is ContractException told ? told.Through(_endpoint) : error;
    }

    private T Read<T, TCodec>(IpcResponse response, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        if (response.Label != (ushort)ReplyLabel.Result)
            throw ErrorOf(response, cancellationToken);
        var reader = new ContractReader(MessageCopy.Of(response.Payload), _options.Serializer);
        T result = TCodec.Read(ref reader);
        if (reader.HasFailed || !reader.IsAtEnd)
            throw ReplyError.Malformed(Peer.Server);
        return result;
    }
}
