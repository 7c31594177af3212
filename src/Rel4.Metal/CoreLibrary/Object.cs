namespace System;

/// <summary>Roots the type hierarchy; without it neither the C# compiler nor ilc knows what a type is.</summary>
/// <remarks>No object is ever made here but the string literals that ilc lays out in the image, so there is no allocator and no collector.</remarks>
public unsafe class Object
{
    // The first word of every object that ilc lays out points to its type's method table.
    private readonly void* methodTable;
}

/// <summary>Marks value types; the base the C# compiler gives every struct.</summary>
public abstract class ValueType;

/// <summary>Marks enumerations; the base the C# compiler gives every enum.</summary>
public abstract class Enum : ValueType;

/// <summary>Marks attributes. They stay in the metadata: nothing reads them at run time.</summary>
public abstract class Attribute;

/// <summary>Types the exceptions that a throw names. Nothing is ever thrown: there is no unwinder.</summary>
public class Exception;

/// <summary>Marks delegates, which ilc resolves by name. None is made.</summary>
public abstract class Delegate;

/// <summary>Marks delegates with an invocation list, as every declared delegate type has. None is made.</summary>
public abstract class MulticastDelegate : Delegate;

/// <summary>Types the result of typeof, which the C# compiler resolves for attribute arguments.</summary>
public abstract class Type;

/// <summary>Marks arrays, which ilc resolves by name. None is made.</summary>
public abstract class Array
{
    private readonly nint length;

    /// <summary>Gets the number of elements.</summary>
    public int Length => (int)length;

    /// <summary>Moves the elements of an array into a longer one.</summary>
    public static void Resize<T>(ref T[] array, int length)
    {
        var longer = new T[length];
        for (int i = 0; i < array.Length; i++) longer[i] = array[i];
        array = longer;
    }
}

/// <summary>Gives arrays of <typeparamref name="T"/> their method table, which ilc resolves by name.</summary>
public class Array<T> : Array;

/// <summary>Names a type in metadata, for <c>ldtoken</c>.</summary>
public struct RuntimeTypeHandle
{
    private readonly nint value;
}

/// <summary>Names a method in metadata, for <c>ldtoken</c>.</summary>
public struct RuntimeMethodHandle
{
    private readonly nint value;
}

/// <summary>Names a field in metadata, for <c>ldtoken</c> on the data of a span literal.</summary>
public struct RuntimeFieldHandle
{
    private readonly nint value;
}
