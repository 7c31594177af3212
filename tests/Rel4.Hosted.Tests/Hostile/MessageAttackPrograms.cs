using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that want the server's time or memory for themselves by the messages that they send.</summary>
internal static class MessageAttackPrograms
{
    private const int Channels = 8;
    private const int Announced = 64 << 20;
    private const int FragmentsOfEach = 300;
    private const int MostUnread = 1000;

    /// <summary>Sends fragments without end, and no message.</summary>
    public static void SendEndlessFragments()
    {
        (ChannelEnd end, _) = Open(Attend());
        byte[] message = new byte[Announced];
        while (end.State == ChannelState.Open)
        {
            var transfer = new MessageTransfer(RecordKind.Send, 0, (ushort)Order.Drop);
            for (int fragments = 0; fragments < FragmentsOfEach && end.State == ChannelState.Open;)
            {
                if (end.TryContinue(ref transfer, message) == WriteOutcome.More)
                    fragments++;
                end.Flush();
            }

            while (end.TryAbandon(ref transfer) == WriteOutcome.Full)
            {
            }
        }
    }

    /// <summary>Begins a long message on each of many channels, and never ends one.</summary>
    public static void BeginManyLongMessages()
    {
        Doorbells doorbells = Attend();
        byte[] message = new byte[Announced];
        var channels = new List<(ChannelEnd End, ChannelParts Parts, MessageTransfer Transfer)>();
        for (int i = 0; i < Channels; i++)
        {
            (ChannelEnd end, ChannelParts parts) = Open(doorbells);
            channels.Add((end, parts, new MessageTransfer(RecordKind.Send, 0, (ushort)Order.Drop)));
        }

        while (true)
        {
            for (int i = 0; i < Channels; i++)
            {
                (ChannelEnd end, ChannelParts parts, MessageTransfer transfer) = channels[i];
                // All but the end.
                if (transfer.Written < Announced - (1 << 20))
                    end.TryContinue(ref transfer, message);
                channels[i] = (end, parts, transfer);
                end.Flush();
                parts.Doorbell.TryPost();
            }
        }
    }

    /// <summary>Asks for many long replies at once, and reads none.</summary>
    public static void AskForMuchAndReadNothing()
    {
        (ChannelEnd end, ChannelParts parts) = Open(Attend());
        for (uint i = 1; i <= MostUnread; i++)
        {
            while (end.TryWrite(RecordKind.Call, i, (ushort)Order.Fill, BitConverter.GetBytes(2 << 20)) == WriteOutcome.Full)
            {
            }
        }

        end.Flush();
        parts.Doorbell.TryPost();
        Thread.Sleep(Timeout.Infinite);
    }

    private static Doorbells Attend()
    {
        Doorbells doorbells = AsyncMachine.Current.Threads.Invoke(() => Doorbells.Make(AsyncMachine.Current));
        TaskContext.Notification(AttackPrograms.Begin).Wait();
        TaskContext.Notification(AttackPrograms.Begun).Signal();
        return doorbells;
    }

    private static (ChannelEnd End, ChannelParts Parts) Open(Doorbells doorbells) =>
        ChannelOpener.Open(AsyncMachine.Current, AsyncSystem.Endpoint, doorbells);
}
