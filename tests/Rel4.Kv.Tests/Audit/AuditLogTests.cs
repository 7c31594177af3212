using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Kv.Tests.Audit;

/// <summary>Can a client write lines of the audit's log?</summary>
public sealed class AuditLogTests
{
    [Theory]
    [InlineData("key\n#2 Delete db0 forged (0 bytes)", "key\u240a#2 Delete db0 forged (0 bytes)")]
    [InlineData("key\r\x1b[2Kgone", "key\u240d\u241b[2Kgone")]
    [InlineData("key\u2028line\u202egnp", "key<U+2028>line<U+202E>gnp")]
    public void Key_OfControlCharacters_StaysInItsLine(string key, string shown)
    {
        var writes = new WriteLog();
        writes.Add(StoreOperation.Set, database: 0, System.Text.Encoding.UTF8.GetBytes(key), valueLength: 5);
        byte[] message = new byte[AuditMessage.HeaderSize + writes.Records.Length];
        AuditMessage.Write(message, run: 1, writes.Records.Span);
        using var output = new StringWriter { NewLine = "\n" };

        new AuditLog(output, AuditDetail.All).Take(message);

        Assert.Equal($"#1 Set db0 {shown} (5 bytes)\n", output.ToString());
    }
}
