using System.Runtime.InteropServices;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a client on another machine, with a channel of its own here; or all of a bridge whose calls go to any exporter. On the executor's thread.</summary>
/// <param name="grant">Whose it is.</param>
/// <param name="id">Its number, which its bridge chose.</param>
/// <param name="inbox">Where its answers go, without the call.</param>
/// <param name="endpoint">What it calls.</param>
/// <param name="slot">The slot of that, if it is its own.</param>
internal sealed class RemoteClient(ExportGrant grant, ulong id, string inbox, EndpointCap endpoint, ulong? slot)
{
    /// <summary>How many looks, a second apart, see no sign of it before its bridge, or the way to it, is gone.</summary>
    private const int GoneAfter = 10;

    private readonly Dictionary<uint, RemoteCall> _calls = [];
    private uint _last;
    private int _silentLooks;
    private bool _isEnded;

    /// <summary>Gets its number.</summary>
    public ulong Id => id;

    /// <summary>Gets the slot of its capability, if that is its own.</summary>
    public ulong? Slot => slot;

    /// <summary>Takes what its bridge sends.</summary>
    /// <param name="message">The message, which is this method's to return.</param>
    public void Take(Incoming message)
    {
        _silentLooks = 0;
        MessageHeader header = message.Header;
        switch (header.Kind)
        {
            case MessageKind.Call or MessageKind.Send:
                Begin(message);
                return;
            case MessageKind.Part when _calls.TryGetValue(header.Number, out RemoteCall? call) && call.Request is { IsComplete: false } request:
                call.SilentLooks = 0;
                if (!request.TryAdd(header.Length, message.Payload.Span))
                    Fail(call, RelayFailure.NotDelivered);
                else if (request.IsComplete)
                    grant.Spawn(CarryOutAsync, (call, (Incoming?)null));
                break;
            case MessageKind.Credit when _calls.TryGetValue(header.Number, out RemoteCall? call):
                call.SilentLooks = 0;
                call.Answer?.Allow(header.Length);
                break;
            case MessageKind.Gone:
                grant.Remove(this);
                break;
        }

        message.Return();
    }

    /// <summary>Tells its bridge what is under way, and ends it if there was no sign of it for too long.</summary>
    public void LookAround()
    {
        if (++_silentLooks > GoneAfter)
        {
            grant.Remove(this);
            return;
        }

        foreach (RemoteCall call in _calls.Values)
            call.Age();
        foreach (RemoteCall call in _calls.Values.Where(call => call.SilentLooks > GoneAfter && (!call.IsCarriedOut || call.Answer is not null)).ToArray())
        {
            // Its bridge takes no more of the answer, or sends no more of the request.
            if (call.IsCarriedOut)
                call.Answer!.End();
            else
                Fail(call, RelayFailure.NotDelivered);
        }

        uint[] working = [.. _calls.Values.Where(call => call.IsLong).Select(call => call.Header.Number)];
        if (working.Length > 0)
            Tell(new MessageHeader(MessageKind.Working, 0, 0, id, 0), new Payload(MemoryMarshal.AsBytes(working.AsSpan()).ToArray()));
    }

    /// <summary>Tells its bridge something about the client itself.</summary>
    public void Tell(MessageKind kind) => Tell(new MessageHeader(kind, 0, 0, id, 0));

    /// <summary>Ends it: what receives here sees its caller go.</summary>
    public void End()
    {
        _isEnded = true;
        if (slot is not null)
            endpoint.CloseChannel();
        // What is carried out ends by itself, as its channel is closed; and counts until then.
        foreach (RemoteCall call in _calls.Values.ToArray())
        {
            if (call.IsCarriedOut)
                call.Answer?.End();
            else
                Remove(call);
        }
    }

    private void Begin(Incoming message)
    {
        MessageHeader header = message.Header;
        // What comes twice, as a connection was lost and written to again, is carried out once. Numbers go round.
        if (header.Number == 0 || (unchecked((int)(header.Number - _last)) <= 0 && _last != 0) || _calls.ContainsKey(header.Number))
        {
            message.Return();
            return;
        }

        _last = header.Number;
        if (header.Length > ByteBudget.Most)
        {
            message.Return();
            grant.Refuse(inbox, header, RelayFailure.TooLong, ByteBudget.Most);
            return;
        }

        int length = message.Payload.Length;
        bool isWhole = header.Length == length;
        if (!isWhole && (header.Length < length || length > PartSender.FirstPartBytes))
        {
            message.Return();
            grant.Refuse(inbox, header, RelayFailure.NotDelivered);
        }
        else if (!grant.TryBegin(isWhole ? length : 0))
        {
            message.Return();
            grant.Refuse(inbox, header, RelayFailure.Busy);
        }
        else
        {
            var call = new RemoteCall(this, header) { Bytes = isWhole ? length : 0 };
            _calls.Add(header.Number, call);
            if (isWhole)
            {
                grant.Spawn(CarryOutAsync, (call, (Incoming?)message));
                return;
            }

            call.Request = new Assembly(grant.Budget, (int)header.Length, message.Payload.Span, offset => Tell(header with { Kind = MessageKind.Credit, Length = offset }));
            message.Return();
        }
    }

    private async ValueTask CarryOutAsync((RemoteCall Call, Incoming? Message) work)
    {
        (RemoteCall call, Incoming? message) = work;
        MessageHeader header = call.Header;
        ReadOnlyMemory<byte> payload = message?.Payload ?? call.Request!.Message;
        try
        {
            // The slot may be another client's by now.
            if (_isEnded)
                return;
            if (header.Kind == MessageKind.Send)
            {
                await endpoint.SendAsync(header.Label, payload);
                await PublishAsync(header with { Kind = MessageKind.Reply, Length = 0 }, default);
            }
            else
            {
                using IpcResponse response = await endpoint.CallAsync(header.Label, payload);
                await AnswerAsync(call, response);
            }
        }
        catch (MessageTooLongException error)
        {
            await AnswerFailureAsync(header, RelayFailure.TooLong, (uint)(error.Limit ?? 0));
        }
        catch (Exception error) when (error is Rel4Exception or InvalidOperationException)
        {
            await AnswerFailureAsync(header, error switch
            {
                Rel4Exception { MayHaveActed: false, ErrorCode: Rel4ErrorCode.OutOfResources } => RelayFailure.Busy,
                Rel4Exception { MayHaveActed: false } => RelayFailure.NotDelivered,
                _ => RelayFailure.Lost,
            });
        }
        finally
        {
            message?.Return();
            Remove(call);
        }
    }

    private async ValueTask AnswerAsync(RemoteCall call, IpcResponse response)
    {
        var payload = new Payload(response);
        MessageHeader header = call.Header with { Kind = MessageKind.Reply, Label = response.Label, Length = (uint)payload.Length };
        int most = grant.Connection.MostPayload;
        if (payload.Length <= most)
        {
            await PublishAsync(header, payload);
            return;
        }

        if (payload.Length > ByteBudget.Most)
        {
            // It was carried out.
            await AnswerFailureAsync(header, RelayFailure.Lost);
            return;
        }

        call.SilentLooks = 0;
        call.Answer = new PartSender(payload);
        await call.Answer.SendAsync(
            most,
            (offset, part) => PublishAsync(offset == 0 ? header : header with { Kind = MessageKind.Part, Length = (uint)offset }, part),
            last: static () => { });
    }

    private void Fail(RemoteCall call, RelayFailure why)
    {
        grant.Refuse(inbox, call.Header, why);
        Remove(call);
    }

    private void Remove(RemoteCall call)
    {
        call.End();
        if (_calls.Remove(call.Header.Number))
            grant.End(call.Bytes);
    }

    private void Tell(in MessageHeader header, in Payload payload = default)
    {
        if (!_isEnded)
            grant.Connection.Tell(Subjects.ReplyTo(inbox, header.Number), new Outgoing(header, payload), grant.Own);
    }

    private ValueTask<bool> AnswerFailureAsync(MessageHeader header, RelayFailure why, uint limit = 0) =>
        PublishAsync(header with { Kind = MessageKind.Failure, Label = (ushort)why, Length = limit }, default);

    private ValueTask<bool> PublishAsync(in MessageHeader header, in Payload payload) => !_isEnded
        ? grant.Connection.PublishAsync(Subjects.ReplyTo(inbox, header.Number), new Outgoing(header, payload), grant.Own)
        : default;
}
