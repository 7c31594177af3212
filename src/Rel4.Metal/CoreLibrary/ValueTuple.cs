namespace System;

/// <summary>Holds the results of a method that has two: the C# compiler makes <c>(a, b)</c> out of it.</summary>
public struct ValueTuple<T1, T2>
{
    /// <summary>First element.</summary>
    public T1 Item1;

    /// <summary>Second element.</summary>
    public T2 Item2;

    /// <summary>Takes both.</summary>
    public ValueTuple(T1 item1, T2 item2)
    {
        Item1 = item1;
        Item2 = item2;
    }
}
