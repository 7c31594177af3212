using System.ComponentModel;
using System.Runtime.CompilerServices;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>The serving side of a contract. For generated code.</summary>
/// <remarks>
/// <para>Everything runs on the executor's thread, but for what a method does elsewhere.</para>
/// <para>
/// Invariants: 1. each request is ended once: by its result, an error, or a refusal; 2. a call is listed exactly while it waits in its method, and then
/// counts for its badge; 3. what a client can have listed is bounded by the options, and a message about a call that is not listed leaves nothing behind.
/// </para>
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract partial class ContractServer
{
    /// <summary>How often callers of waiting methods are looked at, whether they still are.</summary>
    private static readonly TimeSpan s_sweepTime = TimeSpan.FromMilliseconds(100);

    private readonly uint _contract;
    private readonly ContractServerOptions _options;
    private readonly HashSet<ServerCall> _listed = [];
    private readonly Dictionary<(ulong Badge, ulong Number), ServerCall> _byNumber = [];
    private readonly Dictionary<ulong, BadgeCount> _badges = [];
    private ServerCall? _free;
    private bool _sweeps;
    private bool _hasEnded;

    /// <summary>Makes one.</summary>
    /// <param name="contract">The contract's number.</param>
    /// <param name="needsSerializer">Whether it has types for which there is no generated code.</param>
    /// <param name="options">How to serve.</param>
    /// <exception cref="ArgumentException">There is no serializer, and the contract needs one.</exception>
    protected ContractServer(uint contract, bool needsSerializer, ContractServerOptions? options)
    {
        _options = options ?? new ContractServerOptions();
        if (needsSerializer && _options.Serializer is null)
            throw new ArgumentException("The contract has types for which no code is generated, so it needs a serializer: set ContractServerOptions.Serializer.", nameof(options));
        _contract = contract;
    }

    /// <summary>Serves until it is cancelled. On a thread with an executor.</summary>
    /// <param name="endpoint">The endpoint, with the Read and Grant rights.</param>
    /// <param name="cancel">Ends it, and cancels the methods that wait.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask RunAsync(EndpointCap endpoint, CancellationToken cancel) => ServeAsync(endpoint, cancel);

    /// <summary>Reads the arguments of a call, and has its method answer it.</summary>
    protected abstract void Dispatch(ref ContractCall call);

    internal void Refuse(ServerCall call, ContractRefusal reason)
    {
        Refuse(call.Request, reason);
        Free(call);
    }

    internal void Reply<T, TCodec>(ServerCall call, T result)
        where TCodec : IContractCodec<T>
    {
        ContractWriter writer = ContractWriter.Rent(_options.Serializer);
        TCodec.Write(writer, result);
        Reply(call, ReplyLabel.Result, writer);
    }

    internal void Reply(ServerCall call)
    {
        call.Request.ReplyAsync((ushort)ReplyLabel.Result);
        Free(call);
    }

    internal void Wait<T, TCodec>(ServerCall call, ValueTask<T> result)
        where TCodec : IContractCodec<T>
    {
        List(call);
        Executor.Current!.Spawn(static wait => wait.Server.WaitAsync<T, TCodec>(wait.Call, wait.Result), (Server: this, Call: call, Result: result));
    }

    internal void Wait(ServerCall call, ValueTask done)
    {
        List(call);
        Executor.Current!.Spawn(static wait => wait.Server.WaitAsync(wait.Call, wait.Done), (Server: this, Call: call, Done: done));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync<T, TCodec>(ServerCall call, ValueTask<T> result)
        where TCodec : IContractCodec<T>
    {
        try
        {
            Reply<T, TCodec>(call, await result);
        }
        catch (Exception failure)
        {
            Fail(call, failure);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(ServerCall call, ValueTask done)
    {
        try
        {
            await done;
            Reply(call);
        }
        catch (Exception failure)
        {
            Fail(call, failure);
        }
    }

    internal bool TryBeginStream(ServerCall call)
    {
        bool isTooMany = _badges.TryGetValue(call.Badge, out BadgeCount? count) && count.Streams >= _options.MaxStreamsPerBadge;
        if (!isTooMany && call.Number != 0)
            return true;
        Refuse(call, isTooMany ? ContractRefusal.TooMany : ContractRefusal.Malformed);
        return false;
    }

    internal void Stream<T, TCodec>(ServerCall call, IAsyncEnumerable<T> items)
        where TCodec : IContractCodec<T>
    {
        call.Stream = new ServerStream();
        Wait(call, call.Stream.SendAsync<T, TCodec>(items, _options.Serializer, call.Token));
    }

    private async CoTask ServeAsync(EndpointCap endpoint, CancellationToken cancel)
    {
        try
        {
            await foreach (IpcRequest request in endpoint.ReceiveAllAsync(cancel))
                Take(request);
        }
        finally
        {
            _hasEnded = true;
            foreach (ServerCall call in _listed.ToArray())
                Cancel(call);
        }
    }

    private void Take(IpcRequest request)
    {
        var reader = new ContractReader(MessageCopy.Of(request.Payload), _options.Serializer);
        ContractRefusal? refusal = MessageHeader.TryRead(ref reader, out MessageHeader header);
        if (refusal is null && header.Contract != _contract)
            refusal = ContractRefusal.Contract;
        if (refusal is null && header.Kind == MessageKind.Call && request.IsCall)
        {
            Begin(request, header, reader);
            return;
        }

        if (refusal is null && header.Kind == MessageKind.Cancel && _byNumber.TryGetValue((request.Badge, header.Number), out ServerCall? call))
            Cancel(call);
        else if (refusal is null && header.Kind == MessageKind.Pull && request.IsCall)
        {
            Pull(request, header, ref reader);
            return;
        }

        Refuse(request, refusal ?? ContractRefusal.Malformed);
    }

    private void Pull(IpcRequest request, in MessageHeader header, ref ContractReader reader)
    {
        int credit = reader.ReadInt32();
        if (reader.HasFailed || !reader.IsAtEnd)
            Refuse(request, ContractRefusal.Malformed);
        else if (!_byNumber.TryGetValue((request.Badge, header.Number), out ServerCall? call))
            request.ReplyAsync((ushort)ReplyLabel.CallEnded);
        else if (call.Stream is null || !call.Stream.TryPull(request, credit))
            Refuse(request, ContractRefusal.Malformed);
    }

    private void Begin(IpcRequest request, in MessageHeader header, ContractReader arguments)
    {
        ulong badge = request.Badge;
        bool isTooMany = _listed.Count != 0 && _badges.TryGetValue(badge, out BadgeCount? count) && count.Calls >= _options.MaxCallsPerBadge;
        // One that is in use was given twice.
        bool isReplay = header.Number != 0 && _listed.Count != 0 && _byNumber.ContainsKey((badge, header.Number));
        if (isTooMany || isReplay)
        {
            Refuse(request, isTooMany ? ContractRefusal.TooMany : ContractRefusal.Malformed);
            return;
        }

        ServerCall call = Rent();
        call.Begin(request, header);
        if (call.IsPastDeadline)
        {
            request.ReplyAsync((ushort)ReplyLabel.DeadlineExceeded);
            Free(call);
            return;
        }

        var contractCall = new ContractCall(this, call, arguments);
        try
        {
            Dispatch(ref contractCall);
        }
        catch (Exception failure)
        {
            Fail(call, failure);
        }
    }

    private static void Refuse(IpcRequest request, ContractRefusal reason)
    {
        // To one that was sent and not called, this goes nowhere.
        request.ReplyAsync((ushort)((int)ReplyLabel.Refused + (int)reason));
    }

    private void Reply(ServerCall call, ReplyLabel label, ContractWriter writer)
    {
        call.Request.ReplyAsync((ushort)label, writer.Written);
        writer.Return();
        Free(call);
    }

    /// <summary>Ends a call whose method threw.</summary>
    private void Fail(ServerCall call, Exception failure)
    {
        ContractWriter writer = ContractWriter.Rent(serializer: null);
        switch (failure)
        {
            case OperationCanceledException when call.Token.IsCancellationRequested:
                Reply(call, call.IsPastDeadline ? ReplyLabel.DeadlineExceeded : ReplyLabel.Cancelled, writer);
                return;
            // What another server told this one is not for its clients.
            case ContractException error and not (ContractRefusedException or ContractFailedException):
                ReplyError.Write(writer, error);
                Reply(call, ReplyLabel.Error, writer);
                return;
            default:
                Report(call, failure);
                ReplyError.Write(writer, failure, _options.TellsDetails);
                Reply(call, ReplyLabel.Failed, writer);
                return;
        }
    }

    private void Report(ServerCall call, Exception failure)
    {
        var report = new ContractFailure(call.Badge, call.Method, failure);
        if (_options.Failed is { } failed)
            failed(report);
        else
            FailureLine.Write(report);
    }

    private void Cancel(ServerCall call)
    {
        if (call.Cancel() is { } failure)
            Report(call, failure);
    }

    private void List(ServerCall call)
    {
        call.IsListed = true;
        _listed.Add(call);
        if (call.Number != 0)
            _byNumber.Add((call.Badge, call.Number), call);
        if (!_badges.TryGetValue(call.Badge, out BadgeCount? count))
            _badges.Add(call.Badge, count = new BadgeCount());
        count.Calls++;
        if (call.Stream is not null)
            count.Streams++;
        if (_hasEnded)
            Cancel(call);
        if (_sweeps)
            return;
        _sweeps = true;
        Executor.Current!.Spawn(static server => server.SweepAsync(), this);
    }

    private ServerCall Rent()
    {
        if (_free is not { } call)
            return new ServerCall();
        _free = call.NextFree;
        call.NextFree = null;
        return call;
    }

    private void Free(ServerCall call)
    {
        if (call.IsListed)
        {
            call.IsListed = false;
            _listed.Remove(call);
            if (call.Number != 0)
                _byNumber.Remove((call.Badge, call.Number));
            BadgeCount count = _badges[call.Badge];
            if (call.Stream is not null)
                count.Streams--;
            if (--count.Calls == 0)
                _badges.Remove(call.Badge);
        }

        call.Stream?.End();
        call.Clear();
        call.NextFree = _free;
        _free = call;
    }

    /// <summary>Cancels what waits for callers that are gone, as long as anything waits.</summary>
    private async ValueTask SweepAsync()
    {
        while (_listed.Count != 0)
        {
            await Executor.Current!.Delay(s_sweepTime);
            foreach (ServerCall call in _listed.ToArray())
            {
                if (call.IsListed && call.Request.CallerGone.IsCancellationRequested)
                    Cancel(call);
            }
        }

        _sweeps = false;
    }

    /// <summary>What one badge has waiting.</summary>
    private sealed class BadgeCount
    {
        public int Calls { get; set; }

        public int Streams { get; set; }
    }
}
