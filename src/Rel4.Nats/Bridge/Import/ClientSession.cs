using System.Runtime.InteropServices;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a client here, and the exporter that it has; or all clients, where each call goes to an exporter by itself. On the executor's thread.</summary>
/// <param name="link">What it is part of.</param>
/// <param name="isSpread">Whether each call goes to an exporter by itself.</param>
internal sealed class ClientSession(ImportLink link, bool isSpread)
{
    /// <summary>How many looks, a second apart, see no sign before something is lost. Counted, not timed: a process that stood still, as the machine was busy, has missed none.</summary>
    private const int OpenLimit = 5, LostAfter = 6;

    private readonly Dictionary<uint, OutstandingCall> _calls = [];
    private readonly Queue<OutstandingCall> _waiting = new();
    private int _looks;
    private string? _exporter = isSpread ? link.Requests : null;
    private uint _number;
    private bool _isEnded;

    /// <summary>Gets its number.</summary>
    public ulong Id { get; } = Subjects.RandomNumber();

    /// <summary>Gets where its answers go, without the call.</summary>
    public string Inbox { get; private set; } = "";

    /// <summary>Gets or sets what tells that its client is gone.</summary>
    public CancellationTokenRegistration Gone { get; set; }

    /// <summary>Finds an exporter, unless any will do.</summary>
    public void Begin()
    {
        Inbox = Subjects.Client(link.Inbox, Id);
        if (!isSpread)
            Publish(MessageKind.Open, link.Requests);
    }

    /// <summary>Passes a request on.</summary>
    /// <returns>A task that is complete when the next may be.</returns>
    public ValueTask PassOnAsync(IpcRequest request)
    {
        // 0 is the client itself.
        _number = _number == uint.MaxValue ? 1 : _number + 1;
        var call = new OutstandingCall(request, _number) { Bytes = request.Length <= link.Connection.MostPayload ? request.Length : 0 };
        _calls.Add(call.Number, call);
        link.Add(call);
        if (_exporter is not null)
            return SendAsync(call);
        _waiting.Enqueue(call);
        return default;
    }

    /// <summary>Takes what an exporter says, or the server of one that is gone.</summary>
    public void Take(Incoming message)
    {
        MessageHeader header = message.Header;
        if (message.IsNoResponders)
        {
            TakeNoResponders(message.Subject);
            return;
        }

        if (header.Kind == MessageKind.Working)
        {
            foreach (uint number in MemoryMarshal.Cast<byte, uint>(message.Payload.Span))
                Touch(number);
            // Who has calls of a client that it knows by them alone hears that they are waited for.
            if (isSpread && link.IsExporter(message.ReplyTo))
                Publish(MessageKind.Beat, message.ReplyTo!);
        }
        else if (header.Kind == MessageKind.Opened)
        {
            Opened(message.ReplyTo);
        }
        else if (header.Number == 0 && header.Kind == MessageKind.Failure)
        {
            var why = (RelayFailure)header.Label;
            End(_exporter is null && Enum.IsDefined(why) ? why : RelayFailure.Lost);
        }
        else if (_calls.TryGetValue(header.Number, out OutstandingCall? call))
        {
            call.SilentLooks = 0;
            TakeOf(call, message);
        }
    }

    /// <summary>Looks for calls of which there was no sign for too long, and tells the exporter that the client is there.</summary>
    public void LookAround()
    {
        if (_exporter is null)
        {
            if (++_looks > OpenLimit)
                End(RelayFailure.NotDelivered);
            return;
        }

        foreach (OutstandingCall call in _calls.Values.Where(call => ++call.SilentLooks > LostAfter).ToArray())
            Fail(call, RelayFailure.Lost, 0);
        if (!isSpread)
            Publish(MessageKind.Beat, _exporter);
    }

    /// <summary>Ends it, as its client is gone.</summary>
    public void ClientGone()
    {
        if (!isSpread && !_isEnded && _exporter is not null)
            Publish(MessageKind.Gone, _exporter);
        End(RelayFailure.Lost);
    }

    /// <summary>Ends it: the client's next call begins another.</summary>
    private void End(RelayFailure why)
    {
        if (isSpread || _isEnded)
            return;
        _isEnded = true;
        Gone.Dispose();
        link.Forget(this);
        foreach (OutstandingCall call in _calls.Values.ToArray())
            Fail(call, why, 0);
        _waiting.Clear();
    }

    private void TakeNoResponders(string subject)
    {
        if (Subjects.TryReadNumber(subject, out uint number) && number != 0 && _calls.TryGetValue(number, out OutstandingCall? call))
            // Of one whose answer has begun, it was the asking for the rest.
            Fail(call, call.Answer is null ? RelayFailure.NotDelivered : RelayFailure.Lost, 0);
        // What went there before is with one that is gone.
        End(_exporter is null ? RelayFailure.NotDelivered : RelayFailure.Lost);
    }

    private void Opened(string? exporter)
    {
        if (_exporter is not null || !link.IsExporter(exporter))
            return;
        _exporter = exporter;
        // At once: the numbers of what comes next are higher.
        while (_waiting.TryDequeue(out OutstandingCall? call))
        {
            // An exporter that answers what it can't know has ended the call.
            if (call.IsEnded)
                continue;
            call.SilentLooks = 0;
            link.Continue(SendAsync(call));
        }
    }

    private void TakeOf(OutstandingCall call, Incoming message)
    {
        MessageHeader header = message.Header;
        switch (header.Kind)
        {
            case MessageKind.Reply when header.Length == message.Payload.Length && call.Answer is null:
                Answer(call, header.Label, message.Payload.Span);
                break;
            case MessageKind.Reply when call.Answer is null && link.IsExporter(message.ReplyTo) && header.Length <= ByteBudget.Most && header.Length > message.Payload.Length
                && message.Payload.Length <= PartSender.FirstPartBytes:
                call.AnswerLabel = header.Label;
                call.Answer = new Assembly(link.Budget, (int)header.Length, message.Payload.Span, offset => Publish(MessageKind.Credit, message.ReplyTo!, call.Number, offset));
                break;
            case MessageKind.Part when call.Answer is { } answer && answer.TryAdd(header.Length, message.Payload.Span):
                if (answer.IsComplete)
                    Answer(call, call.AnswerLabel, answer.Message.Span);
                break;
            case MessageKind.Credit when call.Parts is { } parts && link.IsExporter(message.ReplyTo):
                call.Exporter = message.ReplyTo;
                parts.Allow(header.Length);
                break;
            case MessageKind.Failure when Enum.IsDefined((RelayFailure)header.Label):
                Fail(call, (RelayFailure)header.Label, header.Length);
                break;
            default:
                // Whoever may publish here breaks the protocol.
                Fail(call, RelayFailure.Lost, 0);
                break;
        }
    }

    private void Touch(uint number)
    {
        if (_calls.TryGetValue(number, out OutstandingCall? call))
            call.SilentLooks = 0;
    }

    private void Answer(OutstandingCall call, ushort label, ReadOnlySpan<byte> payload)
    {
        Remove(call);
        if (call.IsCall)
            _ = call.Request.ReplyAsync(label, payload);
        else
            call.Request.Dispose();
        call.End();
    }

    private void Fail(OutstandingCall call, RelayFailure why, ulong limit)
    {
        Remove(call);
        call.End();
        if (!call.IsCall)
            link.LostSends++;
        call.Request.Fail(why == RelayFailure.Lost && !call.IsSent ? RelayFailure.NotDelivered : why, limit);
    }

    private void Remove(OutstandingCall call)
    {
        if (_calls.Remove(call.Number))
            link.Remove(call);
    }

    private ValueTask SendAsync(OutstandingCall call)
    {
        if (!link.Connection.IsOpen)
        {
            Fail(call, RelayFailure.NotDelivered, 0);
            return default;
        }

        var payload = new Payload(call.Request);
        int most = link.Connection.MostPayload;
        var header = new MessageHeader(call.IsCall ? MessageKind.Call : MessageKind.Send, call.Request.Label, call.Number, Id, (uint)payload.Length);
        if (payload.Length <= most)
        {
            call.IsSent = true;
            ValueTask<bool> sent = link.Connection.PublishAsync(_exporter!, new Outgoing(header, payload), Subjects.ReplyTo(Inbox, call.Number));
            return sent is { IsCompletedSuccessfully: true, Result: true } ? default : AwaitSentAsync(call, sent);
        }

        if (payload.Length > ByteBudget.Most)
        {
            Fail(call, RelayFailure.TooLong, ByteBudget.Most);
            return default;
        }

        call.Parts = new PartSender(payload);
        call.Exporter = _exporter;
        // Others go on meanwhile: parts of several messages, and short ones, come in between.
        link.Continue(AwaitSentAsync(call, call.Parts.SendAsync(
            most,
            (offset, part) => link.Connection.PublishAsync(
                call.Exporter!,
                new Outgoing(offset == 0 ? header : header with { Kind = MessageKind.Part, Length = (uint)offset }, part),
                Subjects.ReplyTo(Inbox, call.Number)),
            last: () => call.IsSent = true)));
        return default;
    }

    private async ValueTask AwaitSentAsync(OutstandingCall call, ValueTask<bool> sent)
    {
        if (await sent || call.IsEnded)
            return;
        call.IsSent = false;
        Fail(call, RelayFailure.NotDelivered, 0);
    }

    private void Publish(MessageKind kind, string subject, uint number = 0, uint length = 0) =>
        link.Connection.Tell(subject, new Outgoing(new MessageHeader(kind, 0, number, Id, length)), Subjects.ReplyTo(Inbox, number));
}
