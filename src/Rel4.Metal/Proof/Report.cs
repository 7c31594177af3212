namespace Rel4.Metal.Proof;

/// <summary>Prints the rows of the tables with their results, and counts them.</summary>
internal struct Report
{
    private uint _rows;
    private uint _passed;

    /// <summary>Gets whether every row passed, and there were rows.</summary>
    public readonly bool AllPassed => _rows != 0 && _passed == _rows;

    /// <summary>Prints a row: the object, its state, the operation, what shall come of it, and whether it did.</summary>
    public void Row(ReadOnlySpan<byte> table, ReadOnlySpan<byte> state, ReadOnlySpan<byte> operation, ReadOnlySpan<byte> outcome, bool passed)
    {
        Serial.Print(table, 14);
        Serial.Print(state, 9);
        Serial.Print(operation, 11);
        Serial.Print(outcome, 62);
        Serial.Print(passed ? "ok\n"u8 : "FAILED\n"u8);
        _rows++;
        if (passed)
            _passed++;
    }

    /// <summary>Prints the counts.</summary>
    public readonly void Summary()
    {
        Serial.Print("passed "u8);
        Serial.Print(_passed);
        Serial.Print(" of "u8);
        Serial.Print(_rows);
        Serial.Print(" rows\n"u8);
    }
}
