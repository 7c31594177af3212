
namespace Rel4.Kv.Tests.Gateway;

/// <summary>Tests each command against an in-process store: what it replies, and what when it is used wrongly.</summary>
/// <remarks>Commands and lines of replies are separated by semicolons.</remarks>
public sealed class CommandTests : IDisposable
{
    private readonly InProcessGateway _gateway = new();

    [Theory]
    [InlineData("GET k", "$-1")]
    [InlineData("SET k v;GET k", "+OK;$1;v")]
    [InlineData("SET k v;SET k \"\";GET k", "+OK;+OK;$0;")]
    [InlineData("SET k v NX;SET k w NX;GET k", "+OK;$-1;$1;v")]
    [InlineData("SET k v XX;SET k v;SET k w xx;GET k", "$-1;+OK;+OK;$1;w")]
    [InlineData("SET k v GET;SET k w GET;GET k", "$-1;$1;v;$1;w")]
    [InlineData("SET k v;SET k w NX GET;GET k", "+OK;$1;v;$1;v")]
    [InlineData("SET k v EX 10;TTL k;SET k w KEEPTTL;TTL k;SET k x;TTL k", "+OK;:10;+OK;:10;+OK;:-1")]
    [InlineData("SET k v PX 2600;TTL k", "+OK;:3")]
    [InlineData("SET k v EXAT 4102444800;TTL k", "+OK;:2208988800")]
    [InlineData("SET k v PXAT 1;GET k", "+OK;$-1")]
    [InlineData("SET k", "-ERR wrong number of arguments for 'set' command")]
    [InlineData("SET k v FOO", "-ERR syntax error")]
    [InlineData("SET k v NX XX", "-ERR syntax error")]
    [InlineData("SET k v EX", "-ERR syntax error")]
    [InlineData("SET k v EX 1 PX 1", "-ERR syntax error")]
    [InlineData("SET k v EX 1 KEEPTTL", "-ERR syntax error")]
    [InlineData("SET k v EX ten", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v EX 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("SET k v EX 9223372036854775807", "-ERR invalid expire time in 'set' command")]
    [InlineData("GET", "-ERR wrong number of arguments for 'get' command")]
    [InlineData("GET a b", "-ERR wrong number of arguments for 'get' command")]
    [InlineData("INCR n;INCR n;GET n", ":1;:2;$1;2")]
    [InlineData("SET n 9223372036854775807;INCR n", "+OK;-ERR increment or decrement would overflow")]
    [InlineData("SET n -1;INCR n", "+OK;:0")]
    [InlineData("SET n x;INCR n", "+OK;-ERR value is not an integer or out of range")]
    [InlineData("SET n 01;INCR n", "+OK;-ERR value is not an integer or out of range")]
    [InlineData("SET n ' 1';INCR n", "+OK;-ERR value is not an integer or out of range")]
    [InlineData("SET n 5 EX 10;INCR n;TTL n", "+OK;:6;:10")]
    [InlineData("INCR", "-ERR wrong number of arguments for 'incr' command")]
    [InlineData("MSET a 1 b 2;MGET a b c a", "+OK;*4;$1;1;$1;2;$-1;$1;1")]
    [InlineData("MSET a 1 a 2;GET a", "+OK;$1;2")]
    [InlineData("MSET a 1 b", "-ERR wrong number of arguments for 'mset' command")]
    [InlineData("MSET", "-ERR wrong number of arguments for 'mset' command")]
    [InlineData("MGET", "-ERR wrong number of arguments for 'mget' command")]
    public void Values_OfKeys_AreRepliedToAsByRedis(string commands, string replies) => Check(commands, replies);

    [Theory]
    [InlineData("MSET a 1 b 2;DEL a b c;EXISTS a", "+OK;:2;:0")]
    [InlineData("DEL", "-ERR wrong number of arguments for 'del' command")]
    [InlineData("SET a 1;EXISTS a a b", "+OK;:2")]
    [InlineData("EXISTS", "-ERR wrong number of arguments for 'exists' command")]
    [InlineData("EXPIRE k 10;SET k v;EXPIRE k 10;TTL k;TTL none", ":0;+OK;:1;:10;:-2")]
    [InlineData("SET k v;EXPIRE k 0;EXISTS k", "+OK;:1;:0")]
    [InlineData("SET k v;EXPIRE k -1;GET k", "+OK;:1;$-1")]
    [InlineData("SET k v;EXPIRE k 10 XX;EXPIRE k 10 NX;EXPIRE k 20 NX;TTL k", "+OK;:0;:1;:0;:10")]
    [InlineData("SET k v;EXPIRE k 10 GT;EXPIRE k 10 LT;EXPIRE k 20 LT;EXPIRE k 20 GT;EXPIRE k 5 GT;TTL k", "+OK;:0;:1;:0;:1;:0;:20")]
    [InlineData("EXPIRE k ten", "-ERR value is not an integer or out of range")]
    [InlineData("EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command")]
    [InlineData("EXPIRE k 10 FOO", "-ERR Unsupported option FOO")]
    [InlineData("EXPIRE k 10 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("EXPIRE k 10 GT LT", "-ERR GT and LT options at the same time are not compatible")]
    [InlineData("EXPIRE k", "-ERR wrong number of arguments for 'expire' command")]
    [InlineData("TTL", "-ERR wrong number of arguments for 'ttl' command")]
    [InlineData("MSET user:1 a user:2 b post:1 c;KEYS user:?;KEYS none", "+OK;*2;$6;user:1;$6;user:2;*0")]
    [InlineData("KEYS", "-ERR wrong number of arguments for 'keys' command")]
    [InlineData("SCAN 0;SET a 1;SCAN 0", "*2;$1;0;*0;+OK;*2;$1;0;*1;$1;a")]
    [InlineData("MSET a 1 b 2 c 3;SCAN 0 COUNT 2;SCAN 2 COUNT 2", "+OK;*2;$1;2;*2;$1;a;$1;b;*2;$1;0;*1;$1;c")]
    [InlineData("MSET a 1 b 2;SCAN 0 MATCH b COUNT 100", "+OK;*2;$1;0;*1;$1;b")]
    [InlineData("SET a 1;SCAN 0 TYPE string;SCAN 0 TYPE list", "+OK;*2;$1;0;*1;$1;a;*2;$1;0;*0")]
    [InlineData("SCAN 18446744073709551615", "*2;$1;0;*0")]
    [InlineData("SCAN x", "-ERR invalid cursor")]
    [InlineData("SCAN 0 COUNT 0", "-ERR syntax error")]
    [InlineData("SCAN 0 COUNT x", "-ERR value is not an integer or out of range")]
    [InlineData("SCAN 0 FOO 1", "-ERR syntax error")]
    [InlineData("SCAN 0 MATCH", "-ERR syntax error")]
    [InlineData("SCAN", "-ERR wrong number of arguments for 'scan' command")]
    [InlineData("DBSIZE;MSET a 1 b 2;DBSIZE", ":0;+OK;:2")]
    [InlineData("DBSIZE x", "-ERR wrong number of arguments for 'dbsize' command")]
    [InlineData("MSET a 1 b 2;FLUSHDB;DBSIZE;FLUSHDB ASYNC;FLUSHDB sync", "+OK;+OK;:0;+OK;+OK")]
    [InlineData("FLUSHDB FOO", "-ERR syntax error")]
    [InlineData("SET a 0;SELECT 1;GET a;SET a 1;FLUSHDB;SELECT 0;GET a", "+OK;+OK;$-1;+OK;+OK;+OK;$1;0")]
    public void Keys_OfADatabase_AreRepliedToAsByRedis(string commands, string replies) => Check(commands, replies);

    [Theory]
    [InlineData("PING;ping hello", "+PONG;$5;hello")]
    [InlineData("PING a b", "-ERR wrong number of arguments for 'ping' command")]
    [InlineData("ECHO 'a b'", "$3;a b")]
    [InlineData("ECHO", "-ERR wrong number of arguments for 'echo' command")]
    [InlineData("SELECT 16", "-ERR DB index is out of range")]
    [InlineData("SELECT -1", "-ERR DB index is out of range")]
    [InlineData("SELECT x", "-ERR value is not an integer or out of range")]
    [InlineData("SELECT", "-ERR wrong number of arguments for 'select' command")]
    [InlineData("QUIT;PING", "+OK")]
    [InlineData("HELLO 4", "-NOPROTO unsupported protocol version")]
    [InlineData("HELLO x", "-ERR Protocol version is not an integer or out of range")]
    [InlineData("HELLO 2 FOO", "-ERR Syntax error in HELLO option 'FOO'")]
    [InlineData("HELLO 2 SETNAME 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData(
        "HELLO 2 AUTH default x SETNAME me;CLIENT GETNAME",
        "*14;$6;server;$5;redis;$7;version;$6;7.0.15;$5;proto;:2;$2;id;:1;$4;mode;$10;standalone;$4;role;$6;master;$7;modules;*0;$2;me")]
    [InlineData(
        "HELLO 3;GET k;CONFIG GET save;HELLO 2;GET k",
        "%7;$6;server;$5;redis;$7;version;$6;7.0.15;$5;proto;:3;$2;id;:1;$4;mode;$10;standalone;$4;role;$6;master;$7;modules;*0;"
        + "_;%1;$4;save;$0;;*14;$6;server;$5;redis;$7;version;$6;7.0.15;$5;proto;:2;$2;id;:1;$4;mode;$10;standalone;"
        + "$4;role;$6;master;$7;modules;*0;$-1")]
    [InlineData("CLIENT ID;CLIENT GETNAME;CLIENT SETNAME me;CLIENT GETNAME", ":1;$-1;+OK;$2;me")]
    [InlineData("CLIENT SETNAME 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("CLIENT SETINFO LIB-NAME x;CLIENT SETINFO foo x", "+OK;-ERR Unrecognized option 'foo'")]
    [InlineData("CLIENT NO-EVICT on;CLIENT NO-EVICT maybe", "+OK;-ERR syntax error")]
    [InlineData("CLIENT LIST", "$36;id=1 addr=? name= age=0 db=0 resp=2\n")]
    [InlineData("CLIENT LIST x", "-ERR syntax error")]
    [InlineData("CLIENT", "-ERR wrong number of arguments for 'client' command")]
    [InlineData("client foo", "-ERR unknown subcommand 'foo'. Try CLIENT HELP.")]
    [InlineData("CLIENT GETNAME x", "-ERR wrong number of arguments for 'client|getname' command")]
    public void Connections_OfClients_AreRepliedToAsByRedis(string commands, string replies) => Check(commands, replies);

    [Theory]
    [InlineData("COMMAND COUNT", ":22")]
    [InlineData("COMMAND INFO get foo", "*2;*6;$3;get;:2;*2;+readonly;+fast;:1;:1;:1;*-1")]
    [InlineData("COMMAND DOCS echo", "*2;$4;echo;*4;$7;summary;$25;Returns the given string.;$5;group;$10;connection")]
    [InlineData("COMMAND FOO", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.")]
    [InlineData("CONFIG GET save;CONFIG GET APPEND* none", "*2;$4;save;$0;;*2;$10;appendonly;$2;no")]
    [InlineData("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command")]
    [InlineData("CONFIG SET save x", "-ERR CONFIG SET failed (possibly related to argument 'save') - can't set immutable config")]
    [InlineData("CONFIG SET foo x", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'")]
    [InlineData("CONFIG RESETSTAT;CONFIG REWRITE", "+OK;-ERR The server is running without a config file")]
    [InlineData("INFO clients", "$48;# Clients;connected_clients:1;maxclients:100;")]
    [InlineData("SET a 1 EX 9;INFO keyspace", "+OK;$44;# Keyspace;db0:keys=1,expires=1,avg_ttl=0;")]
    [InlineData("INFO foo", "$0;")]
    [InlineData("foo", "-ERR unknown command 'foo', with args beginning with: ")]
    [InlineData("Foo 'a b' \"c\\nd\"", "-ERR unknown command 'Foo', with args beginning with: 'a b' 'c d' ")]
    [InlineData("averylongcommandname x", "-ERR unknown command 'averylongcommandname', with args beginning with: 'x' ")]
    public void Server_AskedAboutItself_RepliesAsRedis(string commands, string replies) => Check(commands, replies);

    [Fact]
    public void Command_OfAll_ListsEach()
    {
        Assert.StartsWith("*22\r\n*6\r\n", _gateway.Converse("COMMAND\r\n"), StringComparison.Ordinal);
        Assert.Contains("\r\n$7\r\nflushdb\r\n", _gateway.Converse("COMMAND LIST\r\n"), StringComparison.Ordinal);
        Assert.Contains("+GETNAME\r\n", _gateway.Converse("CLIENT HELP\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Info_WithoutSection_HasAll()
    {
        string info = _gateway.Converse("SET a 1\r\nINFO\r\n");

        Assert.All(
            ["# Server\r\nredis_version:", "# Clients\r\n", "# Stats\r\n", "# Keyspace\r\ndb0:keys=1,"],
            part => Assert.Contains(part, info, StringComparison.Ordinal));
    }

    [Fact]
    public void Expiry_OfAKey_ComesWithTime()
    {
        _gateway.Converse("SET k v EX 10\r\n");
        _gateway.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal("$1\r\nv\r\n", _gateway.Converse("GET k\r\n"));

        _gateway.Clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("$-1\r\n:-2\r\n*0\r\n", _gateway.Converse("GET k\r\nTTL k\r\nKEYS *\r\n"));
    }

    /// <inheritdoc/>
    public void Dispose() => _gateway.Dispose();

    private void Check(string commands, string replies) =>
        Assert.Equal(replies, _gateway.Converse(commands.Replace(";", "\r\n") + "\r\n")[..^2].Replace("\r\n", ";"));
}
