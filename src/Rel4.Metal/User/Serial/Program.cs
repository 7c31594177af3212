using System.Runtime;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Reads lines from the serial port, and answers each by what the store says.</summary>
internal static class Program
{
    private const int LongestLine = 128;

    [RuntimeExport("task_main")]
    private static unsafe void Main(ulong argument) => ReL4.Run(&RunAsync);

    private static async CoTask RunAsync()
    {
        SerialPort.Open();
        SerialPort.Print("SET key value, GET key, DEL key, END\n"u8);
        var line = new byte[LongestLine];
        var request = new byte[KvMessage.Longest];
        int length = 0;
        while (true)
        {
            while (SerialPort.TryRead(out byte character))
            {
                if (character is not (byte)'\n' and not (byte)'\r')
                {
                    // Of a line that is too long, the end is lost.
                    if (length < line.Length)
                        line[length++] = character;
                    continue;
                }

                if (Command.IsEnd(((Span<byte>)line).Slice(0, length)))
                    RootTask.Tell(0);
                else if (length > 0)
                    await AnswerAsync(request, Command.Read(((Span<byte>)line).Slice(0, length), request, out int bytes), bytes);
                length = 0;
            }

            SerialPort.Acknowledge();
            await ReL4.Wait(BrokerLayout.Bell);
        }
    }

    private static async CoTask AnswerAsync(byte[] request, ushort label, int bytes)
    {
        using IpcResponse reply = await ReL4.Call(KvSerial.Endpoint, label, request.AsMemory(0, bytes));
        switch ((KvStatus)reply.Label)
        {
            case KvStatus.Done:
                SerialPort.Print(label == KvLabel.Get ? reply.Payload.Slice(KvMessage.ReplyValue) : "ok"u8);
                break;
            case KvStatus.NotFound:
                SerialPort.Print("not found"u8);
                break;
            case KvStatus.Full:
                SerialPort.Print("full"u8);
                break;
            default:
                SerialPort.Print("what?"u8);
                break;
        }

        SerialPort.Print("\n"u8);
    }
}
