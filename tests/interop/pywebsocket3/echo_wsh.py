"""What pywebsocket3 does for a WebSocket at /echo; stack_server.py says the rest."""


def web_socket_do_extra_handshake(request):
    offered = request.ws_requested_protocols or []
    request.ws_protocol = "chat.example" if "chat.example" in offered else None


def web_socket_transfer_data(request):
    while (message := request.ws_stream.receive_message()) is not None:
        request.ws_stream.send_message(message, binary=isinstance(message, bytes))


def web_socket_passive_closing_handshake(request):
    # In one piece, since each connection has a thread of its own.
    print(f"closed {request.ws_close_code} {request.ws_close_reason}\n", end="", flush=True)
    return request.ws_close_code, request.ws_close_reason
