using System.Buffers;
using System.Text;
using Rel4.Runtime;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>Tests what holds for all commands of a connection.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly InProcessGateway _gateway = new();

    [Fact]
    public void Pipeline_OfManyCommands_IsRepliedToInOrder()
    {
        var commands = new StringBuilder();
        var replies = new StringBuilder();
        for (int i = 0; i < 5000; i++)
        {
            commands.Append($"SET k {i}\r\nGET k\r\nPING {i}\r\nfoo\r\n");
            replies.Append($"+OK\r\n${$"{i}".Length}\r\n{i}\r\n${$"{i}".Length}\r\n{i}\r\n");
            replies.Append("-ERR unknown command 'foo', with args beginning with: \r\n");
        }

        Assert.Equal(replies.ToString(), _gateway.Converse(commands.ToString()));
    }

    [Fact]
    public void Pipeline_CutAnywhere_IsRepliedToTheSame()
    {
        byte[] commands = Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvw\r\nGET k\r\nPING\r\n");
        for (int cut = 0; cut < commands.Length; cut++)
            Assert.Equal("+OK\r\n$2\r\nvw\r\n+PONG\r\n", _gateway.Converse(commands[..cut], commands[cut..]));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(64 << 20)]
    public void Value_OfAnySize_ComesBack(int size)
    {
        string value = new('v', size);

        string replies = _gateway.Converse($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${size}\r\n{value}\r\nGET k\r\nMGET k x\r\n");

        Assert.Equal($"+OK\r\n${size}\r\n{value}\r\n*2\r\n${size}\r\n{value}\r\n$-1\r\n", replies);
    }

    [Fact]
    public void Batch_OfRepliesOfTheGatewaysOwn_EndsAtItsGoal()
    {
        var session = new ClientSession(new ServerState(_gateway.Clock, KvIpc.None, 1), 1, "test");
        string commands = $"CLIENT SETNAME {new string('n', 1024)}\r\n" + string.Concat(Enumerable.Repeat("CLIENT INFO\r\n", 1000));
        ReadOnlyMemory<byte> bytes = Encoding.ASCII.GetBytes(commands);

        session.Gather(ref bytes);

        Assert.InRange(session.Reply.WrittenCount, 64 * 1024, 66 * 1024);
    }

    [Fact]
    public void Client_BesideOneThatSendsManyCommandsAtOnce_NeedNotWaitForAllOfThem() =>
        Assert.Equal([1, 0], _gateway.Race(string.Concat(Enumerable.Repeat("PING\r\n", 5000)), "PING\r\n"));

    [Fact]
    public void Name_LongerThanOneMayBe_IsRefused() =>
        Assert.Equal(
            "-ERR Client names cannot be longer than 1024 bytes.\r\n$-1\r\n",
            _gateway.Converse($"CLIENT SETNAME {new string('n', 1025)}\r\nCLIENT GETNAME\r\n"));

    [Fact]
    public void Reads_OfMoreThanABatchMayReply_AllComeBack()
    {
        string value = new('v', 1 << 20);
        string reads = string.Concat(Enumerable.Repeat("GET k\r\n", 20));

        string replies = _gateway.Converse($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${value.Length}\r\n{value}\r\n{reads}");

        Assert.Equal("+OK\r\n" + string.Concat(Enumerable.Repeat($"${value.Length}\r\n{value}\r\n", 20)), replies);
    }

    [Fact]
    public void Violation_OfTheProtocol_IsRepliedToBehindWhatCameBeforeAndEnds() =>
        Assert.Equal(
            "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n", _gateway.Converse("PING\r\n*1\r\n$x\r\nPING\r\nPING\r\n"));

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nPING\r\n")]
    [InlineData("Host: localhost\r\n\r\nPING\r\n")]
    public void Request_OfAWebPage_EndsTheConnection(string request) => Assert.Equal("", _gateway.Converse(request));

    [Fact]
    public void Store_ThatEnds_FailsItsCommandsAndNoOthers()
    {
        using var gateway = new InProcessGateway(new LostStore());

        Assert.Equal(
            $"-{Errors.StoreLost}\r\n+PONG\r\n-{Errors.StoreLost}\r\n", gateway.Converse("SET a 1\r\nPING\r\nGET a\r\n"));
    }

    [Fact]
    public void Client_ThatGoesInMidReply_EndsItsConnectionOnly()
    {
        string value = new('v', 1 << 20);

        _gateway.Abandon($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${value.Length}\r\n{value}\r\nGET k\r\nSET after x\r\n", taken: 100_000);

        Assert.Contains("connected_clients:1\r\n", _gateway.Converse("GET k\r\nINFO clients\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Store_ThatLies_EndsTheConnection()
    {
        using var gateway = new InProcessGateway(new LyingStore());

        Assert.Equal("+PONG\r\n", gateway.Converse("PING\r\nGET a\r\nPING\r\n"));
    }

    /// <inheritdoc/>
    public void Dispose() => _gateway.Dispose();

    private sealed class LostStore : IStore
    {
        public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies) => throw new StoreUnavailableException(null);
    }

    private sealed class LyingStore : IStore
    {
        public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
        {
            replies.Write<byte>([4, 255, 255, 255, 127]);
            return CoTask.CompletedTask;
        }
    }
}
