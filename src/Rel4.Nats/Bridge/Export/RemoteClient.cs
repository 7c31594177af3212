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

    /// <summary>Gets what it calls.</summary>
    public EndpointCap Endpoint => endpoint;

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
        if (++_silentLooks > GoneAfter && (slot is not null || _calls.Count == 0))
        {
            grant.Remove(this);
            return;
        }

        foreach (RemoteCall call in _calls.Values)
            call.Age();
        foreach (RemoteCall call in _calls.Values.Where(call => !call.IsCarriedOut && call.SilentLooks > GoneAfter).ToArray())
            Fail(call, RelayFailure.NotDelivered);
        uint[] working = [.. _calls.Values.Where(call => call.IsLong).Select(call => call.Header.Number)];
        if (working.Length > 0)
            Answer(new MessageHeader(MessageKind.Working, 0, 0, id, 0), new Payload(MemoryMarshal.AsBytes(working.AsSpan()).ToArray()));
    }

    /// <summary>Tells its bridge something about the client itself.</summary>
    public void Tell(MessageKind kind, ushort label = 0) => Answer(new MessageHeader(kind, label, 0, id, 0));

    /// <summary>Ends it: what receives here sees its caller go.</summary>
    public void End()
    {
        _isEnded = true;
        if (slot is not null)
            endpoint.CloseChannel();
        foreach (RemoteCall call in _calls.Values)
            call.End();
        grant.UnderWay -= _calls.Count;
        _calls.Clear();
    }

    private void Begin(Incoming message)
    {
        MessageHeader header = message.Header;
        // What comes twice, as a connection was lost and written to again, is carried out once. Numbers go round.
        if (unchecked((int)(header.Number - _last)) <= 0 && _last != 0)
        {
            message.Return();
            return;
        }

        _last = header.Number;
        if (header.Length > ByteBudget.Most)
        {
            message.Return();
            AnswerFailure(header, RelayFailure.TooLong, ByteBudget.Most);
        }
        else if (header.Length < message.Payload.Length || !grant.HasRoom)
        {
            message.Return();
            AnswerFailure(header, RelayFailure.Busy);
        }
        else
        {
            var call = new RemoteCall(this, header);
            _calls.Add(header.Number, call);
            grant.UnderWay++;
            if (header.Length == message.Payload.Length)
            {
                grant.Spawn(CarryOutAsync, (call, (Incoming?)message));
                return;
            }

            call.Request = new Assembly(grant.Budget, (int)header.Length, message.Payload.Span, offset => Answer(header with { Kind = MessageKind.Credit, Length = offset }));
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
            if (header.Kind == MessageKind.Send)
            {
                await endpoint.SendAsync(header.Label, payload);
                Answer(header with { Kind = MessageKind.Reply, Length = 0 });
            }
            else
            {
                using IpcResponse response = await endpoint.CallAsync(header.Label, payload);
                await AnswerAsync(call, response);
            }
        }
        catch (MessageTooLongException error)
        {
            AnswerFailure(header, RelayFailure.TooLong, (ulong)(error.Limit ?? 0));
        }
        catch (Exception error) when (error is Rel4Exception or InvalidOperationException)
        {
            AnswerFailure(header, error switch
            {
                Rel4Exception { MayHaveActed: true } => RelayFailure.Lost,
                Rel4Exception { ErrorCode: Rel4ErrorCode.OutOfResources } => RelayFailure.Busy,
                _ => RelayFailure.NotDelivered,
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
            Answer(header, payload);
            return;
        }

        if (payload.Length > ByteBudget.Most)
        {
            // It was carried out.
            AnswerFailure(header, RelayFailure.Lost);
            return;
        }

        call.Answer = new PartSender(payload);
        await call.Answer.SendAsync(most, (offset, part) =>
            PublishAsync(offset == 0 ? header : header with { Kind = MessageKind.Part, Length = (uint)offset }, part));
    }

    private void Fail(RemoteCall call, RelayFailure why)
    {
        AnswerFailure(call.Header, why);
        Remove(call);
    }

    private void Remove(RemoteCall call)
    {
        call.End();
        if (_calls.Remove(call.Header.Number))
            grant.UnderWay--;
    }

    private void AnswerFailure(MessageHeader header, RelayFailure why, ulong limit = 0) =>
        Answer(header with { Kind = MessageKind.Failure, Label = (ushort)why, Length = (uint)limit });

    private void Answer(MessageHeader header, Payload payload = default)
    {
        if (!_isEnded)
            grant.Continue(PublishAsync(header, payload));
    }

    private ValueTask PublishAsync(in MessageHeader header, in Payload payload) => grant.Connection.IsOpen && !_isEnded
        ? grant.Connection.PublishAsync(Subjects.ReplyTo(inbox, header.Number), new Outgoing(header, payload), grant.Own)
        : default;
}
