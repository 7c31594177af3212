using System.Text;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Kv.Tests.Resp;

/// <summary>Tests how commands are read from bytes.</summary>
public sealed class RespParserTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n", "[PING]")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", "[SET][k][]")]
    [InlineData("*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nPING\r\n", "[ECHO][a\r\nb] [PING]")]
    [InlineData("*0\r\n*-1\r\n\r\n\n*1\r\n$4\r\nPING\r\n", "[PING]")]
    [InlineData("PING\r\nPING\n", "[PING] [PING]")]
    [InlineData("  SET\tk  v \r\n", "[SET][k][v]")]
    [InlineData("SET \"a b\" 'c d'\r\n", "[SET][a b][c d]")]
    [InlineData("SET \"\\x41\\n\\t\\\"\\q\\\\\" 'it\\'s \\n'\r\n", "[SET][A\n\t\"q\\][it's \\n]")]
    [InlineData("SET \"\" ''\r\n", "[SET][][]")]
    [InlineData("*1\r\n$4\r\nPIN", "")]
    public void Read_OfCommands_GivesTheirWords(string text, string commands) =>
        Assert.Equal(commands, Read(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("*x\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*1048577\r\n", "invalid multibulk length")]
    [InlineData("*1\n", "invalid multibulk length")]
    [InlineData("*1\r\nPING\r\n", "expected '$', got 'P'")]
    [InlineData("*1\r\n:1\r\n", "expected '$', got ':'")]
    [InlineData("*1\r\n$x\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$67108865\r\n", "invalid bulk length")]
    [InlineData("SET \"a\r\n", "unbalanced quotes in request")]
    [InlineData("SET \"a\"b\r\n", "unbalanced quotes in request")]
    [InlineData("SET 'a\r\n", "unbalanced quotes in request")]
    public void Read_OfWhatIsNoCommand_SaysWhy(string text, string why) =>
        Assert.Equal(why, Assert.Throws<RespProtocolException>(() => Read(Encoding.ASCII.GetBytes(text))).Message);

    [Theory]
    [InlineData("a", "too big inline request")]
    [InlineData("*1", "too big mbulk count string")]
    [InlineData("*1\r\n$1", "too big bulk count string")]
    public void Read_OfALineWithoutEnd_IsRefused(string start, string why) =>
        Read_OfWhatIsNoCommand_SaysWhy(start + new string('1', 70_000), why);

    [Fact]
    public void Read_OfAnAnnouncedLength_TakesMemoryOnlyAsBytesCome()
    {
        var parser = new RespParser();
        byte[] start = [.. "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$67108864\r\n"u8, .. new byte[1000]];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(Feed(parser, start));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 * 1024);
    }

    [Fact]
    public void Read_OfALargeValueInPieces_GivesItsBytes()
    {
        byte[] value = new byte[5_000_000];
        new Random(1).NextBytes(value);
        byte[] command = [.. "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000000\r\n"u8, .. value, .. "\r\n"u8];
        var parser = new RespParser();
        int commands = command.Chunk(4096).Count(piece => Feed(parser, piece));

        Assert.Equal(1, commands);
        Assert.True(parser.Command[2].SequenceEqual(value));
    }

    [Fact]
    public void Read_OfCommandsCutAnywhere_GivesTheSame()
    {
        Random random = Seed.Choose(output);
        for (int round = 0; round < 300; round++)
        {
            (byte[] bytes, string expected) = MakeCommands(random);

            Assert.Equal(expected, Read(bytes, random));
        }
    }

    [Fact]
    public void Read_OfRandomBytes_EndsOrRefuses()
    {
        Random random = Seed.Choose(output);
        ReadOnlySpan<byte> alphabet = "*$12345\r\n\r\n:+-\"'\\x ab\0"u8;
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = random.GetItems(alphabet, random.Next(1, 100));
            try
            {
                Read(bytes, random);
            }
            catch (RespProtocolException)
            {
            }
        }
    }

    private static (byte[] Bytes, string Expected) MakeCommands(Random random)
    {
        var bytes = new MemoryStream();
        var commands = new List<string>();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            byte[][] words = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.GetItems("ab\r\n$*\0"u8, random.Next(0, 20)))];
            bytes.Write(Encoding.ASCII.GetBytes($"*{words.Length}\r\n"));
            foreach (byte[] word in words)
                bytes.Write([.. Encoding.ASCII.GetBytes($"${word.Length}\r\n"), .. word, .. "\r\n"u8]);
            commands.Add(string.Concat(words.Select(word => $"[{Encoding.ASCII.GetString(word)}]")));
        }

        return (bytes.ToArray(), string.Join(' ', commands));
    }

    private static bool Feed(RespParser parser, byte[] piece)
    {
        ReadOnlySpan<byte> rest = piece;
        return parser.TryRead(ref rest);
    }

    /// <summary>Reads all commands, in one piece or in random ones, and writes them as <c>[GET][k] [PING]</c>.</summary>
    private static string Read(byte[] bytes, Random? random = null)
    {
        var parser = new RespParser();
        var commands = new List<string>();
        for (int position = 0; position < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - position, random?.Next(1, 9) ?? bytes.Length);
            ReadOnlySpan<byte> piece = bytes.AsSpan(position, length);
            while (parser.TryRead(ref piece))
                commands.Add(Write(parser.Command));
            position += length;
        }

        return string.Join(' ', commands);
    }

    private static string Write(RespCommand command) =>
        string.Concat(Enumerable.Range(0, command.Count).Select(word => $"[{Encoding.ASCII.GetString(command[word])}]"));
}
