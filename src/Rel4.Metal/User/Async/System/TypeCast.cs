using System.Runtime.CompilerServices;
using Internal.Runtime;

namespace System.Runtime;

/// <summary>Takes the calls that ilc emits, by name, for casts and for elements of arrays. There is no variance: types are the same or not.</summary>
internal static unsafe class TypeCast
{
    private static object? IsInstanceOfClass(MethodTable* target, object? value)
    {
        if (value is null)
            return null;
        for (MethodTable* type = TypeOf(value); type != null; type = type->Base)
        {
            if (type == target)
                return value;
        }

        return null;
    }

    private static object? IsInstanceOfInterface(MethodTable* target, object? value)
    {
        if (value is null)
            return null;
        MethodTable* type = TypeOf(value);
        for (int i = 0; i < type->InterfaceCount; i++)
        {
            if (type->Interfaces[i] == target)
                return value;
        }

        return null;
    }

    private static object? IsInstanceOfAny(MethodTable* target, object? value) => IsInstanceOfClass(target, value) ?? IsInstanceOfInterface(target, value);

    private static bool IsInstanceOfException(MethodTable* target, object? value) => IsInstanceOfClass(target, value) is not null;

    private static object? CheckCastClass(MethodTable* target, object? value) => Checked(value, IsInstanceOfClass(target, value));

    private static object? CheckCastClassSpecial(MethodTable* target, object? value) => CheckCastClass(target, value);

    private static object? CheckCastInterface(MethodTable* target, object? value) => Checked(value, IsInstanceOfInterface(target, value));

    private static object? CheckCastAny(MethodTable* target, object? value) => Checked(value, IsInstanceOfAny(target, value));

    /// <summary>Stores an element. That the array is one of the element's type is the code's to know.</summary>
    private static void StelemRef(object?[] array, nint index, object? value) => LdelemaRef(array, index, null) = value;

    private static ref object? LdelemaRef(object?[] array, nint index, MethodTable* elementType)
    {
        if ((nuint)index >= (nuint)array.Length)
            Environment.FailFast();
#pragma warning disable CS8500 // Nothing moves, so there can be pointers to references.
        return ref ((object?*)(Address(array) + (2 * sizeof(nint))))[index];
#pragma warning restore CS8500
    }

    private static object? Checked(object? value, object? cast)
    {
        if (value is not null && cast is null)
            Environment.FailFast();
        return cast;
    }

    private static MethodTable* TypeOf(object value) => *(MethodTable**)Address(value);

    // Nothing moves, so an object is where it is.
    private static byte* Address(object value) => (byte*)Unsafe.AsPointer(in Unsafe.As<Any>(value).FirstField) - sizeof(nint);

    private sealed class Any
    {
        public byte FirstField;
    }
}
