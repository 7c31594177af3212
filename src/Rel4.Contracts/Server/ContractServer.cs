using System.ComponentModel;
using System.Diagnostics;
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
public sealed class ContractServer
{
    private readonly ContractDispatcher _dispatcher;
    private readonly ContractServerOptions _options;
    private readonly HashSet<ServerCall> _listed = [];
    private readonly Dictionary<(ulong Badge, ulong Number), ServerCall> _byNumber = [];
    private readonly Dictionary<ulong, BadgeCount> _badges = [];
    private ServerCall? _free;
    private Executor? _executor;
    private int _looks;
    private bool _hasEnded;

    /// <summary>Makes one.</summary>
    /// <param name="dispatcher">What has calls answered.</param>
    /// <param name="options">How to serve.</param>
    /// <exception cref="ArgumentException">There is no serializer, and the contract needs one.</exception>
    public ContractServer(ContractDispatcher dispatcher, ContractServerOptions? options)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        _options = options ?? new ContractServerOptions();
        if (dispatcher.NeedsSerializer && _options.Serializer is null)
            throw new ArgumentException("The contract has types for which no code is generated, so it needs a serializer: set ContractServerOptions.Serializer.", nameof(options));
        _dispatcher = dispatcher;
    }

    /// <summary>Serves until it is cancelled. On a thread with an executor.</summary>
    /// <param name="endpoint">The endpoint, with the Read and Grant rights.</param>
    /// <param name="cancellationToken">Ends it, and cancels the methods that wait.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask RunAsync(EndpointCap endpoint, CancellationToken cancellationToken) => ServeAsync(endpoint, cancellationToken);

    internal void Refuse(ServerCall call, ContractRefusal reason)
    {
        Refuse(call.Request, reason);
        call.Activity?.SetStatus(ActivityStatusCode.Error, $"refused: {reason}").SetTag("error.type", $"{reason}");
        Free(call);
    }

    /// <summary>Gets what goes with a call.</summary>
    internal ServerCallParts PartsOf(ServerCall call) => call.Parts ??= new ServerCallParts(_options, call.Token);

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

    internal bool TryBeginLong(ServerCall call)
    {
        bool isTooMany = _badges.TryGetValue(call.Badge, out BadgeCount? count) && count.LongCalls >= _options.MaxLongCallsPerBadge;
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

    private async CoTask ServeAsync(EndpointCap endpoint, CancellationToken cancellationToken)
    {
        _executor = Executor.Current;
        try
        {
            await foreach (IpcRequest request in endpoint.ReceiveAllAsync(cancellationToken))
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
        if (refusal is null && header.Contract != _dispatcher.Contract)
            refusal = ContractRefusal.Contract;
        if (refusal is null && header.Kind == MessageKind.Call && request.IsCall)
        {
            Begin(request, header, reader);
            return;
        }

        if (refusal is null && header.Kind is > MessageKind.Call and <= MessageKind.Answer)
            TakeFollowing(request, header, ref reader);
        else
            Refuse(request, refusal ?? ContractRefusal.Malformed);
    }

    /// <summary>Takes a message that is about a call which came before.</summary>
    private void TakeFollowing(IpcRequest request, in MessageHeader header, ref ContractReader reader)
    {
        bool isCall = request.IsCall;
        bool isKnown = _byNumber.TryGetValue((request.Badge, header.Number), out ServerCall? call);
        bool isKept = false;
        switch (header.Kind)
        {
            case MessageKind.Cancel when isKnown:
                Cancel(call!);
                break;
            case MessageKind.Answer when isKnown && call!.Parts?.GivenCallbacks is { } callbacks:
                ulong number = reader.ReadUInt64();
                ushort label = reader.ReadUInt16();
                if (!reader.HasFailed)
                    callbacks.Answer(number, label, ref reader);
                break;
            case MessageKind.Pull when isCall:
                int credit = reader.ReadInt32();
                isKept = !reader.HasFailed && reader.IsAtEnd && (!isKnown ? TellEnded(request) : call!.Stream?.TryPull(request, credit) == true);
                break;
            case MessageKind.Push when isCall:
                byte index = reader.ReadByte();
                isKept = !reader.HasFailed && (!isKnown ? TellEnded(request) : call!.Parts?.StreamAt(index)?.TryPush(request) == true);
                break;
            case MessageKind.Ask when isCall:
                isKept = reader.IsAtEnd && (!isKnown ? TellEnded(request) : call!.Parts?.GivenCallbacks?.TryAsk(request) == true);
                break;
        }

        if (!isKept)
            Refuse(request, ContractRefusal.Malformed);
    }

    private static bool TellEnded(IpcRequest request)
    {
        request.ReplyAsync((ushort)ReplyLabel.CallEnded);
        return true;
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
        if (ContractActivities.AreWanted && ContractActivities.StartServer(_dispatcher, call.Method, header.Trace) is { } activity)
        {
            call.Activity = activity;
            Activity? outer = ContractActivities.Enter(activity);
            Dispatch(call, ref contractCall);
            Activity.Current = outer;
        }
        else
        {
            Dispatch(call, ref contractCall);
        }
    }

    private void Dispatch(ServerCall call, ref ContractCall contractCall)
    {
        try
        {
            _dispatcher.Dispatch(ref contractCall);
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
        call.Activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", failure.GetType().FullName);
        ContractWriter writer = ContractWriter.Rent(serializer: null);
        switch (failure)
        {
            case OperationCanceledException when call.Token.IsCancellationRequested:
                Reply(call, call.IsPastDeadline ? ReplyLabel.DeadlineExceeded : ReplyLabel.Cancelled, writer);
                return;
            // The client's own doing, of which it knows more than is told here.
            case ContractRefusedException when failure == call.Parts?.Failure:
                Refuse(call, ContractRefusal.Malformed);
                writer.Return();
                return;
            case ContractFailedException when failure == call.Parts?.Failure:
                Reply(call, ReplyLabel.Failed, writer);
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
            FailureLine.Write(report, _dispatcher);
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
        if (call.IsLong)
            count.LongCalls++;
        call.CallerGone = call.Request.CallerGone.UnsafeRegister(static server => ((ContractServer)server!).LookLater(), this);
        if (_hasEnded)
            Cancel(call);
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
            if (call.IsLong)
                count.LongCalls--;
            if (--count.Calls == 0)
                _badges.Remove(call.Badge);
            call.CallerGone.Unregister();
        }

        call.Stream?.End();
        call.Parts?.End();
        if (call.Activity is { } activity)
        {
            ContractActivities.Stop(activity);
            call.Activity = null;
        }

        call.Clear();
        call.NextFree = _free;
        _free = call;
    }

    /// <summary>Has the executor look for calls whose callers are gone. Any thread.</summary>
    /// <remarks>It looks at all: which one it was that told this may have ended meanwhile, and be another's.</remarks>
    private void LookLater()
    {
        // pairs with LookForGone: either that sees what was cancelled before this, or it is posted once more.
        if (Interlocked.Exchange(ref _looks, 1) == 0)
            _executor!.Post(static server => ((ContractServer)server!).LookForGone(), this);
    }

    private void LookForGone()
    {
        Interlocked.Exchange(ref _looks, 0);
        foreach (ServerCall call in _listed.ToArray())
        {
            if (call.IsListed && call.Request.CallerGone.IsCancellationRequested)
                Cancel(call);
        }
    }

    /// <summary>What one badge has waiting.</summary>
    private sealed class BadgeCount
    {
        public int Calls { get; set; }

        /// <summary>Gets or sets how many of them have streams or callbacks.</summary>
        public int LongCalls { get; set; }
    }
}
