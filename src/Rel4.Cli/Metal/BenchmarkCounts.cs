using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Rel4.Cli.Metal;

/// <summary>Collects what the guest's benchmark prints: instructions an iteration, by name.</summary>
internal sealed class BenchmarkCounts
{
    private const string Mark = "bench";

    // seL4 16 (x86_64, release build) under the same QEMU: kernel instructions, measured, and 7 a system call for user code.
    private static readonly Dictionary<string, int> SeL4 = new()
    {
        ["callReplyRecvFast"] = 464 + 14,
        ["callReplyRecvSlow"] = 1728 + 14,
        ["callReplyRecvLong"] = 2828 + 14,
        ["signalNoWaiter"] = 380 + 7,
        ["signalWakesWaiter"] = 981 + 14,
        ["pollIdle"] = 252 + 7,
        ["yield"] = 291 + 7,
    };

    private readonly Dictionary<string, long> _counts = [];

    /// <summary>Gets whether there are any.</summary>
    public bool IsEmpty => _counts.Count == 0;

    /// <summary>Finds one; null if it is not there.</summary>
    public long? Find(string name) => _counts.TryGetValue(name, out long count) ? count : null;

    /// <summary>Reads a line of the serial console; takes <c>bench NAME COUNT</c> and tells whether it was that.</summary>
    public bool TryRead(string line)
    {
        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [Mark, var name, var text]
            || !long.TryParse(text.TrimEnd('\r'), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            return false;
        _counts[name] = count;
        return true;
    }

    /// <summary>Writes them as one JSON object.</summary>
    public async Task SaveAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = File.Create(path);
        await using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        foreach ((string name, long count) in _counts)
            writer.WriteNumber(name, count);
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>Shows them beside seL4's.</summary>
    public Table ToTable()
    {
        Table table = new Table().AddColumn("instructions an iteration")
            .AddColumn("reL4", column => column.RightAligned()).AddColumn("seL4", column => column.RightAligned())
            .AddColumn("ratio", column => column.RightAligned());
        foreach ((string name, long count) in _counts)
        {
            bool isKnown = SeL4.TryGetValue(name, out int reference);
            table.AddRow(
                name, count.ToString(CultureInfo.InvariantCulture), isKnown ? reference.ToString(CultureInfo.InvariantCulture) : "",
                isKnown ? ((double)count / reference).ToString("0.00", CultureInfo.InvariantCulture) : "");
        }

        return table;
    }
}
